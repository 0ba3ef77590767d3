import SystemPackage

/// A place in a configuration file; printed as `FILE:LINE:COLUMN`, which editors and terminals make a link.
struct SourceLocation: Equatable, CustomStringConvertible {
    let file: FilePath
    /// From 1.
    let line: Int
    /// From 1, in Unicode scalars.
    let column: Int

    var description: String { "\(file.printable):\(line):\(column)" }

    func error(_ message: String, cause: String? = nil, nextStep: String? = nil) -> StokerError {
        StokerError(.badInput, "\(self): \(message)", cause: cause, nextStep: nextStep)
    }
}
