import Foundation
import Glibc
public import SystemPackage

/// The cache file on disk.
public struct CacheRecordFile: Sendable {
    public let path: FilePath

    public init(_ path: FilePath) { self.path = path }

    public enum Content: Sendable, Equatable {
        case missing
        /// There is a file, but it cannot be used; why.
        case broken(String)
        case record(CacheRecord)

        public var record: CacheRecord? {
            if case .record(let record) = self { record } else { nil }
        }
    }

    /// Records are some hundred bytes; a file beyond this is something else.
    static let sizeLimit = 1 << 20

    /// Never fails: a record that cannot be read proves nothing, and that is all that matters here.
    public func read() -> Content {
        do {
            let file = try HeldFile(resolved: path, O_RDONLY)
            let status = try file.status()
            guard status.kind == .file else { return .broken("it is not a regular file") }
            if let objection = ForeignFile.objection(to: status, in: path.removingLastComponent()) {
                return .broken(objection)
            }
            let bytes = try file.readAll(limit: CacheRecordFile.sizeLimit)
            return .record(try JSONDecoder().decode(CacheRecord.self, from: Data(bytes)))
        } catch let error as SystemCallError {
            switch error.errno {
            case .noSuchFileOrDirectory: return .missing
            case .tooManySymbolicLinkLevels: return .broken("it is a symbolic link")
            default: return .broken(error.errno.description)
            }
        } catch {
            return .broken("it is not the JSON object that was expected")
        }
    }

    /// A `record:` in stoker.yaml that names a file of the person's must not cost them that file.
    private func checkThatItIsARecord() throws {
        if OwnFileName.isOurs(path) { return }
        let cause: String
        do throws(SystemCallError) {
            let file = try HeldFile(resolved: path, O_RDONLY)
            if try file.status().kind == .file,
                CacheRecord.isRecord(try file.readAll(limit: CacheRecordFile.sizeLimit))
            {
                return
            }
            cause = "it holds something else, or more"
        } catch {
            if error.errno == .noSuchFileOrDirectory { return }
            cause = error.errno == .tooManySymbolicLinkLevels ? "it is a link" : error.errno.description
        }
        throw StokerError(
            .cannotWrite, "\(path) is not a record of Stoker's", cause: cause,
            nextStep: "move it away, or name another file as the image's record in stoker.yaml")
    }

    /// Replaces the record whole. Only the holder of the image's lock may call it.
    ///
    /// - Throws: `StokerError` with `.cannotWrite`; the old record is then as it was.
    public func write(_ record: CacheRecord) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let bytes = try encoder.encode(record) + [UInt8(ascii: "\n")]
        if try FileStatus.of(path.string)?.kind == .directory {
            throw StokerError(.cannotWrite, "the record \(path) is a folder", nextStep: "remove it")
        }
        try checkThatItIsARecord()
        do {
            try AtomicFile.write(bytes, to: path, isResolved: true)
        } catch {
            throw error.stokerError(.cannotWrite)
        }
    }
}
