import StokerCore
import Synchronization
import SystemPackage
import Testing

@testable import StokerKit

@Suite struct SideBySideTests {
    struct Refused: Error {}

    let project = TestProject()

    /// `b` and `c` are built on `a`, `d` on `b`; `e` alone.
    private var order: ImageOrder {
        let dockerfiles = [
            "a": "FROM scratch\n", "b": "FROM t-a\n", "c": "FROM t-a\n", "d": "FROM t-b\n",
            "e": "FROM scratch\n",
        ]
        return ImageOrder(
            ProjectSettings(
                root: project.root, file: nil,
                images: dockerfiles.keys.sorted().map { name in
                    project.write("Dockerfile.\(name)", dockerfiles[name] ?? "")
                    var image = project.image(tag: "t-\(name):latest")
                    image.name = name
                    image.dockerfile = project.path("Dockerfile.\(name)")
                    return image
                }, reaping: ReapSettings()))
    }

    @Test func eachBeginsWhenItsBasesHaveEnded() async throws {
        let order = order
        let ended = Mutex<[String]>([])
        let names = try order.withBases(["d", "c", "e"])
        try await SideBySide.run(names, order, width: 4) { name in
            let before = ended.withLock { $0 }
            #expect(order.bases(of: name).allSatisfy(before.contains), "\(name) after \(before)")
            await Task.yield()
            return name
        } onEnd: { name, result in
            #expect(try! result.get() == name)
            ended.withLock { $0.append(name) }
        }
        #expect(ended.withLock { $0.sorted() } == ["a", "b", "c", "d", "e"])
    }

    /// Each waits until so many have begun: fewer would hang, more would be seen.
    @Test(.timeLimit(.minutes(10)), arguments: [1, 2, 3]) func asManyWorkAtOnceAsMay(width: Int) async throws
    {
        let names = ["1", "2", "3", "4", "5", "6"]
        let running = Mutex((now: 0, most: 0, begun: 0))
        try await SideBySide.run(names, ImageOrder([]), width: width) { _ in
            running.withLock {
                $0.now += 1
                $0.begun += 1
                $0.most = max($0.most, $0.now)
            }
            while running.withLock({ $0.begun < width }) { await Task.yield() }
            running.withLock { $0.now -= 1 }
        } onEnd: { _, _ in
        }
        #expect(running.withLock { [$0.now, $0.most, $0.begun] } == [0, width, 6])
    }

    @Test func whatNeedsAFailedOneIsNotBegun() async throws {
        let order = order
        var told: [String: String] = [:]
        let begun = Mutex<Set<String>>([])
        try await SideBySide.run(try order.withBases(["c", "d", "e"]), order, width: 2) { name in
            begun.withLock { _ = $0.insert(name) }
            if name == "b" { throw Refused() }
        } onEnd: { name, result in
            switch result {
            case .success: told[name] = "done"
            case .failure(let error as SideBySide.BaseFailed): told[name] = "base \(error.base)"
            case .failure: told[name] = "failed"
            }
        }
        #expect(told == ["a": "done", "b": "failed", "c": "done", "d": "base b", "e": "done"])
        #expect(begun.withLock { $0 } == ["a", "b", "c", "e"])
    }
}
