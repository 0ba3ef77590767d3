import Testing

@testable import StokerCore

/// Parents as an engine may tell them that errs, or lies.
@Suite struct HostileStepTests {
    private static let key = "0123456789abcdef"

    /// Of a dead build that has noted them, and may have left them.
    private func plan(_ parents: [(Int, on: Int?)], noted: Range<Int>) -> StepPolicy.Plan {
        func id(_ number: Int) -> String {
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 12 - digits.count) + digits
        }
        var build = DeadBuild(
            tag: ScratchTag(key: Self.key), how: "its process has ended", began: 0, lastHeard: 0,
            containers: [],
            images: noted.compactMap { BuilderID(id($0)) })
        for id in build.images { build.evidence[id] = DeadBuild.Evidence(isCertain: true, at: 20) }
        let images = parents.map { number, parent in
            StepPolicy.Image(
                id: "sha256:" + id(number), parentID: parent.map { "sha256:" + id($0) } ?? "", created: 10,
                isNamed: false, isUsed: false)
        }
        return StepPolicy.plan(due: [build], others: [], images: images, lag: 0)
    }

    @Test func `steps that are built on each other stay`() {
        for circle in [[(0, on: 1), (1, on: 0)], [(0, on: 0)], [(0, on: 1), (1, on: 2), (2, on: 0)]] {
            let plan = plan(circle.map { ($0.0, on: $0.on) }, noted: 0..<3)
            #expect(plan.removals.map(\.id) == [])
            #expect(plan.settled == [], "it is not known that nothing of the build is left")
        }
    }

    @Test func `a chain of a hundred thousand steps goes, or stays with a person's image on it`() {
        let count = 100_000
        let chain = (0..<count).map { ($0, on: $0 == 0 ? nil : $0 - 1) }
        #expect(plan(chain, noted: 0..<count).removals.count == count)
        let below = plan(chain, noted: 0..<count - 1)
        #expect(below.removals.isEmpty)
        #expect(below.settled.count == 1, "the last one is nobody's, and holds all of them")
    }
}
