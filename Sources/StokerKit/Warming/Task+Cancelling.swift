extension Task where Failure == any Error {
    /// The value, as that of a child task: who waits for it and is cancelled cancels it too.
    var childValue: Success {
        get async throws {
            try await withTaskCancellationHandler {
                try await value
            } onCancel: {
                cancel()
            }
        }
    }
}
