import Glibc
import StokerCore
@testable import StokerKit
import Testing

@Suite struct SnapshotManifestTests {
    static let digest = ContentDigest(bytes: [UInt8](repeating: 7, count: 32))
    static let other = ContentDigest(bytes: [UInt8](repeating: 8, count: 32))

    static func entry(
        _ kind: mode_t = S_IFREG, mode: UInt32 = 0o644, content: ContentDigest? = digest, size: Int64 = 3,
        modified: Int64 = 1000
    ) -> SnapshotManifest.Entry {
        SnapshotManifest.Entry(
            mode: UInt32(kind) | mode, content: content ?? .zero, size: size, modified: modified, device: 0)
    }

    static let full: SnapshotManifest = {
        var manifest = SnapshotManifest()
        manifest.inputs = digest
        manifest.append(BytePath("context"), entry(S_IFDIR, mode: 0o755, content: .zero, size: 0))
        manifest.append(BytePath("context/a"), entry(modified: -1))
        var link = entry(modified: -1)
        link.link = 1
        manifest.append(BytePath("context/b"), link)
        manifest.append(BytePath(bytes: [0xFF, 0x0A, 0x80]), entry(S_IFLNK, mode: 0o777, modified: .max))
        manifest.remember(entry(modified: 5), link: BytePath("x"), at: BytePath("context/a"))
        manifest.remember(entry(content: other, modified: 6), at: BytePath("context/a"))
        manifest.remember(
            entry(S_IFDIR, mode: 0o700, content: .zero, size: 0), at: BytePath("gone"))
        return manifest
    }()

    @Test func whatIsWrittenIsRead() {
        for manifest in [SnapshotManifest(), SnapshotManifestTests.full] {
            #expect(SnapshotManifest(encoded: manifest.encoded()) == manifest)
        }
    }

    @Test func oneThatIsCutShortAnywhereIsNone() {
        let bytes = SnapshotManifestTests.full.encoded()
        for count in 0..<bytes.count { #expect(SnapshotManifest(encoded: Array(bytes[..<count])) == nil) }
        #expect(SnapshotManifest(encoded: bytes + [0]) == nil)
    }

    @Test func noByteIsTrustedSoFarThatReadingTraps() {
        let bytes = SnapshotManifestTests.full.encoded()
        var read = 0
        for index in bytes.indices {
            for value: UInt8 in [0x00, 0x7F, 0x80, 0xFF] {
                var damaged = bytes
                damaged[index] = value
                if SnapshotManifest(encoded: damaged) != nil { read += 1 }
            }
        }
        // Most bytes are numbers and digests, any of which can be read; getting here is what counts.
        #expect(read < 4 * bytes.count)
    }

    struct TimeCase: Sendable {
        var traces: [SnapshotManifest.Entry]
        var wanted: Int64
        var result: Int64
        init(_ traces: [SnapshotManifest.Entry], _ wanted: Int64, _ result: Int64) {
            (self.traces, self.wanted, self.result) = (traces, wanted, result)
        }
    }

    @Test(arguments: [
        TimeCase([], 1000, 1000),
        TimeCase([entry()], 1000, 1000),
        TimeCase([entry(content: other)], 1000, 1001),
        TimeCase([entry(content: other, size: 4)], 1000, 1000),
        TimeCase([entry(content: other), entry(content: other, modified: 1001)], 1000, 1002),
        TimeCase([entry(content: other, modified: 1001), entry(content: other)], 1000, 1002),
        TimeCase([entry(mode: 0o755)], 1000, 1001),
        TimeCase([entry(content: other, modified: .max)], .max, .min),
    ])
    func aTimeThatStoodForSomethingElseIsNotUsedAgain(_ row: TimeCase) {
        var manifest = SnapshotManifest()
        let path = BytePath("a")
        for trace in row.traces { manifest.remember(trace, at: path) }
        let entry = SnapshotManifestTests.entry(modified: row.wanted)
        #expect((manifest.traces[path] ?? []).freshModificationTime(for: entry) == row.result)
    }

    @Test func aTraceIsKeptOnce() {
        var manifest = SnapshotManifest()
        for _ in 0..<3 {
            manifest.remember(SnapshotManifestTests.entry(), at: BytePath("a"))
        }
        #expect(manifest.traces[BytePath("a")]?.count == 1)
    }
}
