import Glibc
import StokerCore
import SystemPackage
import Testing

@testable import StokerAgent

/// A watched project of one image, `a` of the folder `src` and all below `src/deep` being its inputs.
private struct Scene {
    let tree = TemporaryTree()
    let watcher: Watcher
    let ledger = InputLedger()
    let plan: InputPlan

    init() async throws {
        tree.makeDirectories(BytePath("src/deep/er"))
        tree.write(BytePath("src/a"))
        tree.write(BytePath("Dockerfile"), "FROM scratch\nCOPY src/a src/deep /\n")
        watcher = try Watcher(source: InotifyBinding.kernel.open())
        let path = tree.path
        let settings = try ProjectSettings.load(
            root: path, user: try UserSettings.load(environment: ["HOME": path.string]))
        plan = try InputPlan(image: settings.images[0], ownFiles: settings.ownFiles)
        let watchPlan = WatchPlan(project: path, images: [(settings: settings.images[0], plan: plan)])
        let name = settings.images[0].name
        for root in watchPlan.roots.values {
            _ = await watcher.watch(root: root.path) {
                root.canHoldInput($0)
            } sink: { [ledger] in
                root.note($0, in: [name: ledger])
            }
        }
        ledger.cover(plan, since: ledger.token)
    }

    /// The ledger's mark as of now.
    func mark() async throws -> InputLedger.Mark? {
        try await watcher.fence()
        return ledger.mark
    }
}

extension WatchingTests {
    /// Here, as the library cannot be opened while others open or close instances of inotify.
    @Suite struct InputLedgerTests {
        /// A program that saves and asks at once must never hear of what was before.
        @Test func noSaveIsMissedInTenThousand() async throws {
            let scene = try await Scene()
            for round in 0..<10_000 {
                let before = try #require(try await scene.mark())
                switch round % 5 {
                case 0: scene.tree.write(BytePath("src/a"))
                case 1: scene.tree.write(BytePath("src/deep/new"))
                case 2: scene.tree.makeDirectory(BytePath("src/deep/er/folder"))
                case 3: scene.tree.rename(BytePath("src/deep/new"), BytePath("src/deep/er/folder/new"))
                default: scene.tree.removeAll(BytePath("src/deep/er/folder"))
                }
                guard try await scene.mark() != before else {
                    Issue.record("round \(round) was missed")
                    return
                }
            }
        }

        @Test func whatIsNoInputIsNoChange() async throws {
            let scene = try await Scene()
            let before = try #require(try await scene.mark())
            scene.tree.write(BytePath("src/b"))
            scene.tree.write(BytePath("README"))
            scene.tree.write(BytePath(".docker_build.lock"))
            scene.tree.makeDirectory(BytePath("other"))
            #expect(try await scene.mark() == before)
        }

        @Test(arguments: ["Dockerfile", ".dockerignore", "Dockerfile.dockerignore", "stoker.yaml"])
        func whatDecidesLiftsTheCover(name: String) async throws {
            let scene = try await Scene()
            scene.tree.write(BytePath(name), "# comment\n")
            #expect(try await scene.mark() == nil)
            #expect(!scene.ledger.covers(scene.plan))
        }

        /// Behind it inputs may lie that nobody watches.
        @Test func aLinkOnTheWayToAnInputLiftsTheCover() async throws {
            let scene = try await Scene()
            scene.tree.rename(BytePath("src/a"), BytePath("src/b"))
            #expect(try await scene.mark() != nil)
            #expect(symlink("../Dockerfile", scene.tree.file(BytePath("src/a")).string) == 0)
            #expect(try await scene.mark() == nil)
        }

        @Test func theRecordIsAChangeButNoEdit() async throws {
            let scene = try await Scene()
            _ = scene.ledger.beginWork()
            let before = try #require(try await scene.mark())
            scene.tree.write(BytePath(".docker_test_cache.json"))
            #expect(try await scene.mark() != before)
            #expect(!scene.ledger.beginWork())
        }

        @Test func editsAreThoseSinceTheWorkBefore() {
            let ledger = InputLedger()
            #expect(ledger.beginWork(), "nobody knows what happened before")
            #expect(!ledger.beginWork())
            ledger.note()
            #expect(ledger.beginWork())
            ledger.keepEdits()
            #expect(ledger.beginWork(), "the work has not come to its end")
        }

        @Test func aCoverThatWasLiftedMeanwhileIsNoCover() async throws {
            let scene = try await Scene()
            let token = scene.ledger.token
            scene.ledger.uncover()
            scene.ledger.cover(scene.plan, since: token)
            #expect(scene.ledger.mark == nil)
            scene.ledger.cover(scene.plan, since: scene.ledger.token)
            #expect(scene.ledger.mark != nil)
            #expect(scene.ledger.covers(scene.plan))
        }
    }
}
