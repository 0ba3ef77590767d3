import Testing

@testable import StokerCore

@Suite struct LeaseFateTests {
    private static let gone = ProcessFate.dead("its process has ended")
    private static let hidden = ProcessFate.unknown("its process was in another container")

    @Test(arguments: [
        (ProcessFate.alive, ProcessFate?.none, LeaseFate.alive),
        (.alive, .alive, .alive), (.alive, gone, .alive),
        // It lives on for a moment after its owner was killed, or for good as another user.
        (gone, .alive, .alive), (hidden, .alive, .alive), (.alive, hidden, .alive),
        (gone, gone, .dead("its process has ended")), (gone, nil, .dead("its process has ended")),
        (gone, hidden, .unknown("its process was in another container")),
        (hidden, gone, .unknown("its process was in another container")),
        (hidden, nil, .unknown("its process was in another container")),
    ])
    func `a lease is dead only when all of its processes are`(
        owner: ProcessFate, command: ProcessFate?, expected: LeaseFate
    ) {
        let fate = LeaseFate.of(
            owner: LeaseFixture.process(1), command: command.map { _ in LeaseFixture.process(2) }
        ) { $0.pid == 1 ? owner : command ?? .unknown("asked for one that there is not") }
        #expect(fate == expected)
    }

    @Test func `without an owner nothing is proved`() {
        let fate = LeaseFate.of(owner: nil, command: LeaseFixture.process(2)) { _ in Self.gone }
        guard case .unknown = fate else { return #expect(fate == .unknown("")) }
    }
}
