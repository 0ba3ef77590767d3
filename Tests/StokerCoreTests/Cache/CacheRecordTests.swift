import Foundation
import Glibc
@testable import StokerCore
import SystemPackage
import Testing

@Suite struct CacheRecordTests {
    static let digest = String(repeating: "0123456789abcdef", count: 4)
    static let record = CacheRecord(
        imageName: "clud-test:latest", builtAt: 1_700_000_000.25,
        proof: CacheRecord.Proof(
            digest: "sha256:" + digest, imageID: "sha256:" + String(digest.reversed()), engineID: "ABCD:EFGH",
            bases: [
                BaseImage(reference: "python:3.12", imageID: "sha256:b"),
                BaseImage(reference: "node", imageID: nil),
            ],
            seconds: 1.5, reason: "src/app.py changed"))

    let tree = ScratchTree()
    var file: CacheRecordFile { CacheRecordFile(tree.path(".docker_test_cache.json")) }

    func text(_ name: String = ".docker_test_cache.json") throws -> String {
        String(
            decoding: try HeldFile(tree.path(name).string, O_RDONLY).readAll(limit: 1 << 20), as: UTF8.self)
    }

    @Test func whatIsWrittenIsRead() throws {
        try file.write(CacheRecordTests.record)
        #expect(file.read() == .record(CacheRecordTests.record))
        #expect(tree.status(".docker_test_cache.json").permissions == 0o644)
    }

    @Test func otherProgramsFindTheirFields() throws {
        try file.write(CacheRecordTests.record)
        #expect(
            try text() == """
                {
                  "build_hash" : "\(CacheRecordTests.digest)",
                  "build_time" : 1700000000.25,
                  "image_id" : "fedcba987654",
                  "image_name" : "clud-test:latest",
                  "stoker" : {
                    "bases" : [
                      {
                        "imageID" : "sha256:b",
                        "reference" : "python:3.12"
                      },
                      {
                        "reference" : "node"
                      }
                    ],
                    "changedMeanwhile" : [

                    ],
                    "digest" : "sha256:\(CacheRecordTests.digest)",
                    "engineID" : "ABCD:EFGH",
                    "imageID" : "sha256:\(String(CacheRecordTests.digest.reversed()))",
                    "reason" : "src/app.py changed",
                    "seconds" : 1.5,
                    "version" : 3
                  }
                }

                """)
    }

    @Test func aRecordOfAnotherProgramIsReadAndProvesNothing() throws {
        tree.write(
            ".docker_test_cache.json",
            #"{"build_hash":"ab","image_id":"cd","build_time":1700000000,"image_name":"t:1","more":[1]}"#)
        let record = try #require(file.read().record)
        #expect(record.buildHash == "ab")
        #expect(record.buildTime == 1_700_000_000)
        #expect(record.stoker == nil)
        #expect(record.proof(for: "t:1") == nil)
    }

    @Test func aProofIsOfItsTagAndVersionAlone() {
        let record = CacheRecordTests.record
        #expect(record.proof(for: "clud-test:latest") == record.stoker)
        #expect(record.proof(for: "clud-test:other") == nil)
        var later = record
        later.stoker?.version = 4
        #expect(later.proof(for: "clud-test:latest") == nil)
    }

    @Test(arguments: [1, 2]) func aRecordOfAnEarlierVersionIsReadAndProvesNothing(version: Int) throws {
        tree.write(
            ".docker_test_cache.json",
            #"{"build_hash":"a","image_id":"a","build_time":1,"image_name":"t:1","stoker":{"version":\#(version)}}"#
        )
        let record = try #require(file.read().record)
        #expect(record.proof(for: "t:1") == nil)
    }

    @Test func nothingIsMissing() { #expect(file.read() == .missing) }

    @Test func aMissingFolderIsMissing() {
        #expect(CacheRecordFile(tree.path("no/record")).read() == .missing)
    }

    static let broken = [
        "", " ", "{", "[]", "null", "7", "{}", #"{"build_hash":"a"}"#, "not json", "\u{0}\u{1}",
        #"{"build_hash":1,"image_id":"a","build_time":1,"image_name":"t:1"}"#,
        #"{"build_hash":"a","image_id":"a","build_time":"1","image_name":"t:1"}"#,
        #"{"build_hash":"a","image_id":"a","build_time":1,"image_name":"t:1","stoker":{"version":3}}"#,
        #"{"build_hash":"a","image_id":"a","build_time":1e999,"image_name":"t:1"}"#,
    ]

    @Test(arguments: broken) func whatIsNoRecordIsBroken(text: String) {
        tree.write(".docker_test_cache.json", text)
        guard case .broken(let why) = file.read() else {
            Issue.record("\(file.read())")
            return
        }
        #expect(!why.isEmpty)
    }

    @Test func everyTruncationIsBroken() throws {
        try file.write(CacheRecordTests.record)
        let whole = try text()
        // Without the line break at the end it is still whole.
        for count in 0..<(whole.utf8.count - 1) {
            tree.write(".docker_test_cache.json", String(whole.prefix(count)))
            #expect(file.read().record == nil)
        }
    }

    @Test func whatIsNoFileIsBroken() throws {
        tree.write("real", "{}")
        tree.link(".docker_test_cache.json", to: "real")
        #expect(file.read() == .broken("it is a symbolic link"))
        unlink(file.path.string)
        tree.folder(".docker_test_cache.json")
        #expect(file.read() == .broken("it is not a regular file"))
        rmdir(file.path.string)
        try #require(mkfifo(file.path.string, 0o600) == 0)
        #expect(file.read() == .broken("it is not a regular file"))
    }

    @Test func whatIsTooLongForARecordIsBroken() {
        tree.write(".docker_test_cache.json", String(repeating: " ", count: CacheRecordFile.sizeLimit + 1))
        guard case .broken = file.read() else {
            Issue.record("\(file.read())")
            return
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything")) func whatMayNotBeReadIsBroken() {
        tree.write(".docker_test_cache.json", "{}", mode: 0)
        #expect(file.read() == .broken("Permission denied"))
    }
}
