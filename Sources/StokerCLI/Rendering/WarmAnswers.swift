import StokerCore
import StokerKit

/// Prints what the images come to in the order in which they were asked for, each as soon as those before it are
/// there, and tells of every failure.
struct WarmAnswers {
    private let names: [String]
    private let format: OutputFormat
    private var results: [String: WarmResult] = [:]
    private var printed = 0
    /// The first of them decides over the exit status.
    private var failure: (any Error)?

    init(names: [String], format: OutputFormat) { (self.names, self.format) = (names, format) }

    mutating func add(_ result: Result<WarmResult, any Error>, of name: String) throws {
        switch result {
        case .success(let result):
            result.warnings.forEach { Diagnostics.warning($0.plain()) }
            results[name] = result
            while printed < names.count, let next = results[names[printed]] {
                try format.print(next, oneLine: true)
                printed += 1
            }
        case .failure(let error as SideBySide.BaseFailed):
            Diagnostics.error("\(name) was not built, since it is built on \(error.base)")
        case .failure(let error as CancellationError):
            throw error
        case .failure(let error):
            // The last one that is told is told at the end of the program, as any other.
            if failure == nil { failure = error } else { Diagnostics.error("\(name): \(error)") }
        }
    }

    func end() throws {
        if let failure { throw failure }
    }
}
