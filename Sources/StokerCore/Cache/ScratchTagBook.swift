import Foundation
import Glibc
public import SystemPackage

/// The builds that go on, and those that were killed, by the files that they leave: `<cache>/builds/<name of the tag>`.
/// Whoever finds a temporary tag at the engine asks here whether its build lives. Below its first line a file has what
/// the legacy builder has made, a line each.
public struct ScratchTagBook: Sendable {
    public let folder: FilePath

    /// Bytes of a file that are read.
    static let sizeLimit = 256 << 10
    /// How long a dead build's file is kept, whose client may still put the tag. Without one, age decides.
    private static let memory = Duration.seconds(7 * 86_400)

    public init(cache: FilePath) { folder = cache.appending("builds") }

    /// The first line of a file.
    private struct Form: Codable {
        var owner: ProcessIdentity?
        var engine: String?
        var began: Int64?
    }

    /// Each of the lines after it.
    private struct NoteForm: Codable {
        var container: String?
        var image: String?
        /// The image that the container runs on.
        var on: String?
        /// Seconds since 1970.
        var at: Int64?
        var certain: Bool?
        var ended: Bool?
    }

    /// What a file says, as far as it can be understood.
    private struct Content {
        var form: Form?
        var hasEnded = false
        var containers: [BuilderID] = []
        var images: [BuilderID] = []
        var evidence: [BuilderID: DeadBuild.Evidence] = [:]

        init(_ bytes: [UInt8]) {
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            // There before the file had its name, and so always whole.
            form = lines.first.flatMap { JSONLine.value(Form.self, Array($0)) }
            // A last one without an end may be torn: its writer was killed, or the disk is full.
            for note in lines.dropFirst().dropLast().compactMap({ JSONLine.value(NoteForm.self, Array($0)) })
            {
                if let id = note.container.flatMap({ BuilderID($0) }) {
                    containers.append(id)
                    add(note, of: id)
                }
                if let id = note.image.flatMap({ BuilderID($0) }) {
                    images.append(id)
                    add(note, of: id)
                }
                if note.ended == true { hasEnded = true }
            }
        }

        private mutating func add(_ note: NoteForm, of id: BuilderID) {
            guard let at = note.at, ScratchTagBook.times.contains(at) else { return }
            // What is said twice counts as it was said last: a step that names an earlier one makes it doubtful.
            evidence[id] = DeadBuild.Evidence(
                parent: note.on.flatMap { BuilderID($0) }, isCertain: note.certain == true, at: at)
        }
    }

    /// - Parameters:
    ///   - owner: `nil` where a process cannot be told for certain.
    ///   - engine: the host of the endpoint at which it builds.
    ///   - began: seconds since 1970.
    static func line(for owner: ProcessIdentity?, engine: String? = nil, began: Int64? = nil) -> [UInt8] {
        JSONLine.bytes(Form(owner: owner, engine: engine, began: began))
    }

    /// Seconds since 1970. Whoever calculates with them need not fear an overflow.
    private static let times: Range<Int64> = 0..<1 << 40

    /// `nil` for what is not written down.
    ///
    /// - Parameter at: seconds since 1970.
    static func line(for word: BuilderWord, at: Int64) -> [UInt8]? {
        var form = NoteForm(at: at, certain: word.isCertain)
        switch word.note {
        case .container(let id):
            form.container = id.description
            form.on = word.parent?.description
        case .image(let id): form.image = id.description
        case .removed: return nil
        }
        return JSONLine.bytes(form)
    }

    /// The build is over, and its process may live on.
    static let endLine = JSONLine.bytes(NoteForm(ended: true))

    /// Whether the process lives that builds under a tag.
    public func fate(of tag: ScratchTag) -> ProcessFate {
        guard let file = OwnersFile.find(tag.name, in: folder) else {
            return .unknown("nothing here tells who builds it")
        }
        return look(file).fate
    }

    private func look(_ file: HeldFile) -> (fate: ProcessFate, content: Content?) {
        // One that cannot be asked is taken to be held.
        if (try? file.isLockedByOthers()) != false { return (.alive, nil) }
        let content = (try? file.readAll(limit: ScratchTagBook.sizeLimit)).map { Content($0) }
        if content?.hasEnded == true { return (.dead("it ended without an image"), content) }
        guard let owner = content?.form?.owner else {
            return (.unknown("it does not say by which process it is built"), content)
        }
        return (owner.fate(isOnLocalDisk: LocalDisk.holds(file)), content)
    }

    /// The builds that are proved dead and may have left something at an engine.
    ///
    /// - Parameter engine: the host of its endpoint. What was left at another one nobody could find there.
    public func deadBuilds(on engine: String) -> [DeadBuild] {
        names().compactMap { ScratchTag(name: $0) }.compactMap { deadBuild($0) }
            .filter { $0.engine == engine }.map(\.build)
    }

    /// Whether any build lives, at whichever engine.
    public var hasLiving: Bool {
        names().compactMap { ScratchTag(name: $0) }.contains { fate(of: $0) == .alive }
    }

    private func deadBuild(_ tag: ScratchTag) -> (build: DeadBuild, engine: String)? {
        guard let file = OwnersFile.find(tag.name, in: folder), let status = try? file.status(),
            case (.dead(let how), let content?) = look(file),
            let engine = content.form?.engine, let began = content.form?.began,
            ScratchTagBook.times.contains(began),
            !content.containers.isEmpty || !content.images.isEmpty
        else { return nil }
        let build = DeadBuild(
            tag: tag, how: how, began: began, lastHeard: status.modified, containers: content.containers,
            images: content.images, evidence: content.evidence)
        return (build, engine)
    }

    private func names() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
    }

    /// Forgets a build whose tag is gone, unless it may have left something else.
    public func forget(_ tag: ScratchTag) {
        if deadBuild(tag) == nil { unlink(folder.appending(tag.name).string) }
    }

    /// Forgets a build of which nothing is left that is not others' by now.
    public func forget(_ build: DeadBuild) { unlink(folder.appending(build.tag.name).string) }

    /// Forgets dead builds of which no tag has been seen for long.
    ///
    /// - Parameter now: nanoseconds since 1970.
    public func forgetOld(now: Int64) {
        for name in names() {
            let path = folder.appending(name).string
            guard let status = try? FileStatus.of(path),
                Duration.nanoseconds(now &- status.modified) > ScratchTagBook.memory
            else { continue }
            if name.hasPrefix(AtomicFile.scratchPrefix) {
                // Whoever made it was killed before it had its name, which takes no time.
                unlink(path)
            } else if let tag = ScratchTag(name: name), case .dead = fate(of: tag) {
                unlink(path)
            }
        }
    }
}
