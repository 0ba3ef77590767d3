import Glibc
public import SystemPackage

/// A marker that is in the way, and what can be proved of whoever made it.
public struct FoundMarker: Sendable {
    public let path: FilePath
    /// What it says; `nil` when that is nothing, or cannot be understood.
    public let line: MarkerLine?
    public let fate: ProcessFate
    /// What is in it; `nil` when it cannot be read, or is longer than any marker.
    let content: [UInt8]?
    /// Held, so that no other file can get its inode; `nil` when it cannot be opened.
    let file: HeldFile?

    /// What is longer is no marker of Stoker's.
    static let sizeLimit = LockHolder.sizeLimit

    /// - Returns: `nil` when there is nothing.
    /// - Throws: `StokerError` (`cannotWrite`) for what is no file.
    public init?(_ path: FilePath) throws {
        self.path = path
        do {
            let file = try HeldFile(resolved: path, O_RDONLY)
            guard try file.status().kind == .file else { throw FoundMarker.notAFile(path) }
            self.file = file
            content = try? file.readAll(limit: FoundMarker.sizeLimit)
            line = content.flatMap(MarkerLine.init)
            fate = FoundMarker.fate(line, content, file)
        } catch let error as SystemCallError {
            switch error.errno {
            case .noSuchFileOrDirectory: return nil
            case .tooManySymbolicLinkLevels, .noSuchAddressOrDevice: throw FoundMarker.notAFile(path)
            case .permissionDenied:
                (file, content, line) = (nil, nil, nil)
                fate = .unknown("it cannot be read")
            default: throw error.stokerError(.cannotWrite)
            }
        }
    }

    private static func fate(_ line: MarkerLine?, _ content: [UInt8]?, _ file: HeldFile) -> ProcessFate {
        guard let line else {
            return .unknown(content?.isEmpty == true ? "it is empty" : "it does not say whose it is")
        }
        guard let process = line.process else { return .unknown("it does not tell enough of its process") }
        return process.fate(isOnLocalDisk: LocalDisk.holds(file))
    }

    static func notAFile(_ path: FilePath) -> StokerError {
        StokerError(
            .cannotWrite, "the marker \(path) is not a regular file", nextStep: "remove what is in its place")
    }

    /// Whether it is what somebody left as a marker, as far as can be told: a `lock:` in stoker.yaml that names a file
    /// of the person's must not cost them that file, even an empty one.
    var isMarker: Bool { OwnFileName.isOurs(path) || line != nil }

    /// Whether the path still leads to it, with the same content.
    func isStill(at path: FilePath) -> Bool { isStill(try? HeldFile(resolved: path, O_RDONLY)) }

    /// The same of what has just been opened.
    func isStill(_ named: HeldFile?) -> Bool {
        guard let content, let file, let status = try? file.status(), let named,
            let other = try? named.status()
        else { return false }
        return status.isSameFile(as: other)
            && (try? named.readAll(limit: FoundMarker.sizeLimit)) == content
    }

    /// `held by stoker warm (process 4711 on build-3), which builds clud-test:latest`, or what else there is to say.
    public var sentence: String {
        switch fate {
        case .alive: "held by \(line?.holder.sentence ?? "another program")"
        case .dead(let why): "left by \(line?.holder.sentence ?? "another program"): \(why)"
        case .unknown(let why):
            "of which nothing is proved: "
                + (line.map { "it was made by \($0.holder.sentence), and \(why)" } ?? why)
        }
    }
}
