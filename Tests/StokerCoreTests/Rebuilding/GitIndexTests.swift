import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import StokerCore

@Suite struct GitIndexTests {
    private static let files = [
        "a", "a.b", "d/b", "d/bcdefgh", "d/bcdefghi", "\u{e9}/x y", "z/" + String(repeating: "l", count: 200),
    ]

    /// The bytes of an index that git itself has made.
    private static func index(_ arguments: String, _ more: String = "") throws -> [UInt8] {
        let folder = FilePath(NSTemporaryDirectory()).appending("stoker-index-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: folder.string) }
        for file in files {
            let place = folder.string + "/" + file
            try FileManager.default.createDirectory(
                atPath: (place as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(file.utf8).write(to: URL(filePath: place))
        }
        let git = try Command(
            "/bin/sh", "-ec", "cd \"$0\"; git init --quiet \(arguments) .; git add .; \(more)", folder.string)
        try #require(git.status == 0, "\(git.errors)")
        return Array(try Data(contentsOf: URL(filePath: folder.string + "/.git/index")))
    }

    @Test(arguments: [
        ("", "git update-index --index-version 2"), ("", "git update-index --index-version 4"),
        // Version 3 is what it takes to note what is to be added later.
        ("", "git rm --quiet --cached a; git add --intent-to-add a"),
        ("--object-format=sha256", ""), ("--object-format=sha256", "git update-index --index-version 4"),
    ])
    func allThatGitTracksIsRead(initialisation: String, more: String) throws {
        let index = try #require(GitIndex(try Self.index(initialisation, more)))
        #expect(index.paths == Self.files.map { BytePath($0) }.sorted())
    }

    @Test func aPathLongerThanItsFieldIsRead() throws {
        let path = (0..<50).map { _ in String(repeating: "d", count: 99) }.joined(separator: "/")
        let index = try #require(
            GitIndex(
                try Self.index("", "git update-index --add --cacheinfo 100644,$(git hash-object a),\(path)")))
        #expect(index.paths.contains(BytePath(path)))
    }

    @Test func whatIsDamagedIsRefusedOrReadAndEndsNothing() throws {
        let whole = try Self.index("", "git update-index --index-version 4")
        #expect(GitIndex([]) == nil)
        #expect(GitIndex(Array("DIRC".utf8) + [0, 0, 0, 9, 0, 0, 0, 0]) == nil)
        #expect(GitIndex(Array("DIRC".utf8) + [0, 0, 0, 2, 255, 255, 255, 255]) == nil)
        for length in 12..<whole.count - 200 where length % 3 == 0 {
            #expect(GitIndex(Array(whole[..<length])) == nil)
        }
        var generator = SeededGenerator(seed: 16)
        for _ in 0..<3_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 4..<bytes.count, using: &generator)] =
                    [0, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &generator)]
                    .randomElement(using: &generator) ?? 0
            }
            _ = GitIndex(bytes)
        }
    }
}
