/// The value of work that nobody waits for longer than some time.
///
/// The work is then cancelled, and left behind: what it hangs on may not hear of that.
///
/// - Returns: `nil` when the time was over first, or the task was cancelled.
package func promptValue<Value: Sendable>(
    within limit: Duration, _ work: @escaping @Sendable () async -> Value
) async -> Value? {
    let (ends, feed) = AsyncStream<Value?>.makeStream(bufferingPolicy: .bufferingOldest(1))
    let working = Task { feed.yield(await work()) }
    let timer = Task {
        try? await Task.sleep(for: limit)
        feed.yield(nil)
    }
    defer {
        working.cancel()
        timer.cancel()
    }
    for await end in ends { return end }
    return nil
}
