/// Which exceptions may bring something back in below a directory, as far as their texts tell.
struct ExceptionIndex: Sendable {
    /// The last exception of all, and the last one that may match at any place; -1 for none.
    private(set) var last: Int32 = -1
    private(set) var lastAnywhere: Int32 = -1
    /// Of those that match one path, and of those that match everything with a beginning.
    private let literals: BeginningMaxima
    /// Of all.
    private let texts: BeginningMaxima

    init(_ exceptions: [(pattern: IgnorePattern, line: Int32)]) {
        var literals: [LiteralTable.Entry] = []
        for (pattern, line) in exceptions {
            last = max(last, line)
            switch pattern.kind {
            case .exact: literals.append((pattern.text, line))
            case .prefix(let prefix): literals.append((prefix, line))
            case .suffix: lastAnywhere = max(lastAnywhere, line)
            case .glob: break
            }
        }
        self.literals = BeginningMaxima(literals)
        texts = BeginningMaxima(exceptions.map { ($0.pattern.text, $0.line) })
    }

    func last(below directory: UnsafeBufferPointer<UInt8>) -> Int32 {
        literals.greatest(beginning: Array(directory) + [BytePath.slash])
    }

    func isNamed(below directory: UnsafeBufferPointer<UInt8>) -> Bool {
        if last < 0 { return false }
        return texts.contains(Array(directory))
            || texts.greatest(beginning: Array(directory) + [BytePath.slash]) >= 0
    }
}
