import Foundation
import Glibc
import Logging
import StokerCore
@testable import StokerKit
import Synchronization
import SystemPackage
import Testing

/// A project, a tag of its own on the real engine, and what there is to know about both.
final class WarmFixture: Sendable {
    let project = TestProject()
    let tag: String
    let client: String
    let engine: EngineClient
    let keep: Int
    private let seen = Mutex<[WarmEvent]>([])
    private let built = Mutex<Set<String>>([])

    init(client: String, keep: Int) throws {
        self.keep = keep
        tag = TestEngine.unique("stoker-test:")
        self.client = client
        engine = try EngineClient(endpoint: TestEngine.endpoint(), patience: .ofTests)
        project.write("Dockerfile", "FROM scratch\nCOPY data /data\n")
        project.folder("data")
        project.write("data/f", "one")
        // Or tests that run at the same time would build one and the same image.
        project.write("data/tag", tag)
    }

    /// Hands `body` a fixture and afterwards leaves nothing of it on the engine.
    ///
    /// - Parameter keep: how many images are kept.
    static func with(
        client: String = TestEngine.clients[0], keep: Int = ImageSettings.defaultKeep,
        _ body: (WarmFixture) async throws -> Void
    ) async throws {
        let fixture = try WarmFixture(client: client, keep: keep)
        let result: Result<Void, any Error>
        do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
        let removal: Result<Void, any Error>
        do { removal = .success(try await fixture.removeAll()) } catch { removal = .failure(error) }
        // Whatever happened: the library ends the process over one that is not closed.
        try await fixture.engine.close()
        try result.get()
        try removal.get()
    }

    private func removeAll() async throws {
        let kept = try await kept().map(\.reference)
        for tag in try await leftovers() + kept + [tag] { try? await engine.untag(tag) }
        // Those that lost their tag to the next. Not their parents, which a build of another test may be using.
        for image in built.withLock({ $0 }) {
            _ = try? await BlockingWork.run { try TestEngine.docker("rmi", "--no-prune", image) }
        }
    }

    var key: String { SnapshotStore(cache: project.cache).key(project: project.root, image: "default") }

    /// Another process would have another one: nothing is remembered in memory.
    func warmer() -> Warmer {
        Warmer(
            engine: engine, project: project.root, imageName: "default", cache: project.cache, client: client,
            logger: Logger(label: "test"))
    }

    var request: WarmRequest {
        var image = project.image(tag: tag)
        image.keep = keep
        return project.request(image)
    }
    var events: [WarmEvent] { seen.withLock { $0 } }
    var record: CacheRecord? { CacheRecordFile(project.path(".docker_test_cache.json")).read().record }

    @discardableResult
    func warm(_ request: WarmRequest? = nil) async throws -> WarmResult {
        let result = try await warmer().warm(request ?? self.request) { self.note($0) }
        note(result)
        return result
    }

    func note(_ result: WarmResult) { built.withLock { _ = $0.insert(result.imageID) } }

    func note(_ event: WarmEvent) { seen.withLock { $0.append(event) } }

    /// The temporary tags of builds of this project.
    func leftovers() async throws -> [String] {
        try await engine.tags(ofRepository: ScratchTag.repository).filter { $0.contains(":\(key)-") }
    }

    /// The tags that keep images of this project.
    func kept() async throws -> [KeptTag] {
        try await engine.tags(ofRepository: KeptTag.repository).compactMap(KeptTag.init).filter {
            $0.key == key
        }
    }

    /// The IDs of the images that they keep.
    func keptImages() async throws -> Set<String> {
        var ids: Set<String> = []
        for tag in try await kept() {
            if let image = try await engine.image(tag.reference) { ids.insert(image.id) }
        }
        return ids
    }

    /// How many builds there have been.
    var builds: Int { events.filter { if case .building = $0 { true } else { false } }.count }

    /// What a container of the image would find below `path`, by names relative to it.
    func content(_ path: String = "/data", of reference: String? = nil) throws -> [SeenEntry] {
        let container = try TestEngine.docker("create", "--network", "none", reference ?? tag, "true")
        defer { _ = try? TestEngine.docker("rm", "-v", container) }
        let folder = project.folder.appending(TestEngine.unique("out-"))
        try TestEngine.docker("cp", "\(container):\(path)/.", folder.string)
        return try SeenEntry.list(folder).map(\.lasting)
    }

    func text(_ name: String, of reference: String? = nil) throws -> String? {
        try content(of: reference).first { $0.path == BytePath(name) }
            .map { String(decoding: $0.content, as: UTF8.self) }
    }

    /// The image has exactly what the live folder `data` has.
    func expectLiveContent(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let live = try SeenEntry.list(project.path("data")).map(\.lasting)
        #expect(try content() == live, sourceLocation: sourceLocation)
    }
}

extension Warmer {
    /// The image, if it is there already.
    func current(_ request: WarmRequest) async throws -> WarmResult? {
        hit(request, try await look(request), since: .now)
    }
}
