/// Lets only so many at once go on; the others wait for their turn, in order.
public actor TestSlots {
    private var free: Int
    private var queue: [CheckedContinuation<Void, Never>] = []

    public init(_ count: Int) { free = count }

    private func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { queue.append($0) }
        }
    }

    private func give() {
        if queue.isEmpty { free += 1 } else { queue.removeFirst().resume() }
    }

    nonisolated public func with(_ body: @Sendable () async throws -> Void) async throws {
        await take()
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        await give()
        try result.get()
    }
}
