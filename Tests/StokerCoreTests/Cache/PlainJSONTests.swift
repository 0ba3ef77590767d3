import Crypto
import Foundation
@testable import StokerCore
import SystemPackage
import Testing

@Suite struct PlainJSONTests {
    @Test(arguments: [
        #"{"a": {"b": [1, -2.5e3, true, null, "x\n\u00e9\/"]}}"#, "[]", "{}", "0", "-0.5", #""""#,
        " [1 , 2] ",
    ])
    func itReadsWhatFoundationReads(_ text: String) throws {
        let plain = try #require(PlainJSON(Array(text.utf8)))
        let theirs = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        #expect(Self.plain(theirs) == plain)
    }

    private static func plain(_ value: Any) -> PlainJSON? {
        switch value {
        case is NSNull: .null
        case let text as String: .string(text)
        case let number as NSNumber where "\(number)" == "true" || String(cString: number.objCType) == "c":
            .bool(number.boolValue)
        case let number as NSNumber: .number(number.doubleValue)
        case let array as [Any]: .array(array.compactMap(plain))
        case let object as [String: Any]: .object(object.compactMapValues(plain))
        default: nil
        }
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "+1", ".5", "5.", "1e999", "nul", "1 2",
        "\"\u{1}\"", #""\x""#, #""\ud83d\ude00""#, #""\u12"#, "\"", String(repeating: "[", count: 100),
    ])
    func whatItDoesNotKnowForCertainIsNothing(_ text: String) {
        #expect(PlainJSON(Array(text.utf8)) == nil)
    }

    @Test func bytesThatAreNoTextAreNothing() {
        #expect(PlainJSON([0x22, 0xFF, 0x22]) == nil)
    }

    @Test func aRecordIsReadAsTheDecoderReadsIt() throws {
        let tree = ScratchTree()
        let file = CacheRecordFile(tree.path("record"))
        #expect(file.readPlainly() == nil)
        let digest = "sha256:" + String(repeating: "0123456789abcdef", count: 4)
        var proof = CacheRecord.Proof(
            digest: digest, imageID: digest, engineID: "A/\"B",
            bases: [
                BaseImage(reference: "python:3", imageID: digest), BaseImage(reference: "node", imageID: nil),
            ], seconds: 1.25, reason: "a\nb/ü")
        proof.note(changedMeanwhile: ["a b", "c"])
        try file.write(CacheRecord(imageName: "a:latest", builtAt: 1_700_000_000.123456, proof: proof))
        #expect(file.readPlainly() == file.read().record)
        #expect(file.readPlainly()?.stoker == proof)
        proof.note(recent: [1, 2, 3, 4, 5], isBuild: true)
        #expect(proof.recentSeconds == [2, 3, 4, 5, 1.25])
        let others = ContentDigest(SHA256.hash(data: Array("other files".utf8)))
        try file.write(
            CacheRecord(imageName: "a:latest", builtAt: 1_700_000_000, proof: proof, buildHash: others))
        #expect(file.readPlainly() == file.read().record)
        #expect(file.readPlainly()?.buildHash == others.hex)
        try file.write(CacheRecord(imageName: "a:latest", builtAt: 1_700_000_000.123456, proof: proof))
        // Another version, a member that is not known, another program's hand: for the long way to judge.
        let text = String(
            decoding: try Data(contentsOf: URL(fileURLWithPath: file.path.string)), as: UTF8.self)
        for (old, new) in [
            ("\"version\" : 3", "\"version\" : 4"), ("\"version\" : 3", "\"version\" : 3, \"more\" : 1"),
            ("\"build_hash\" : \"0", "\"build_hash\" : \"x"), ("\"image_id\" : \"0", "\"image_id\" : \"1"),
            ("\"stoker\"", "\"other\""),
        ] {
            #expect(text.contains(old))
            tree.write("record", text.replacingOccurrences(of: old, with: new))
            #expect(file.readPlainly() == nil)
        }
    }
}
