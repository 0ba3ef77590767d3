import Dispatch
import Glibc
@testable import StokerCore
import Synchronization
import SystemPackage
import Testing

/// Looks at a context while somebody exchanges it for a link out of the repository and back.
@Suite struct ExchangedContextTests {
    private let tree = ScratchTree()

    @Test func noLookEverSeesWhatTheLinkLeadsTo() throws {
        for folder in ["ctx", "outside", "outside/sub", "ctx/sub"] { tree.folder(folder) }
        for folder in ["ctx", "outside"] {
            tree.write(folder + "/Dockerfile", "FROM scratch\nCOPY . /\n")
            for number in 0..<20 { tree.write("\(folder)/sub/f\(number)", folder) }
        }
        tree.link("link", to: "outside")
        let image = tree.image(dockerfile: "ctx/Dockerfile", context: "ctx")
        func look() throws -> ContentDigest {
            var index = StatIndex()
            return try InputScanner.scan(try InputPlan(image: image, ownFiles: []), index: &index).digest
        }
        let inside = try look()

        let isOver = Atomic(false)
        let (real, aside, link) = (
            tree.path("ctx").string, tree.path("aside").string, tree.path("link").string
        )
        let ended = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            while !isOver.load(ordering: .relaxed) {
                // Exchanged, and put back.
                _ = rename(real, aside) == 0 && rename(link, real) == 0
                _ = rename(real, link) == 0 && rename(aside, real) == 0
            }
            ended.signal()
        }
        var seen = (inside: 0, refused: 0)
        // Under load the other thread may stand still for long.
        for count in 0..<20_000 {
            if count >= 100, seen.inside > 0, seen.refused > 0 { break }
            guard let digest = try? look() else {
                seen.refused += 1
                continue
            }
            #expect(digest == inside)
            seen.inside += 1
        }
        isOver.store(true, ordering: .relaxed)
        ended.wait()
        #expect(seen.inside > 0 && seen.refused > 0)
    }
}
