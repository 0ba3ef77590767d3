extension EngineClient {
    /// Hears what the engine tells of its containers by itself, until it ends that, or until it is cancelled.
    ///
    /// - Parameter heard: gets `.connected` first.
    /// - Throws: `StokerError`, `.engineUnavailable`, when the engine cannot be heard, or can no longer.
    public func hear(_ heard: @Sendable (ContainerHint) async -> Void) async throws {
        var splitter = LineSplitter()
        try await follow(["events"], query: [("filters", ContainerHint.filters)]) { part in
            guard let part else { return await heard(.connected) }
            for line in splitter.add(part) {
                if let hint = ContainerHint(event: line) { await heard(hint) }
            }
        }
    }
}
