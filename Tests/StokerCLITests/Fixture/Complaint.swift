import Testing

extension Outcome {
    /// Expects an exit code, nothing on standard output, and one line on standard error that has all of
    /// `words` in it.
    ///
    /// - Parameter notes: how the lines begin that may come before it, such as that a build has begun.
    func expectComplaint(
        _ status: Int32, _ words: String..., notes: [String] = [],
        at location: SourceLocation = #_sourceLocation
    ) {
        #expect(self.status == status, "\(stderr)", sourceLocation: location)
        #expect(stdout.isEmpty, sourceLocation: location)
        let lines = complaints.filter { line in !notes.contains { line.hasPrefix("stoker: \($0)") } }
        #expect(lines.count == 1, "\(stderr)", sourceLocation: location)
        #expect(lines.first?.hasPrefix("stoker: ") == true, "\(stderr)", sourceLocation: location)
        for word in words { #expect(stderr.contains(word), sourceLocation: location) }
    }

    /// Expects that the command line was refused: what is wrong, and how it is used.
    func expectUsage(_ word: String, at location: SourceLocation = #_sourceLocation) {
        #expect(status == 64, "\(stderr)", sourceLocation: location)
        #expect(stdout.isEmpty, sourceLocation: location)
        #expect(stderr.contains(word), "\(stderr)", sourceLocation: location)
    }
}
