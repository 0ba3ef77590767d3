import Testing

@testable import StokerCore

@Suite struct KeptNameTests {
    static let one = ContentDigest(String(repeating: "1", count: 64)) ?? .zero
    static let two = ContentDigest(String(repeating: "2", count: 64)) ?? .zero
    static let hex = KeptName(digest: one, bases: []).hex

    private static func base(_ reference: String, _ id: String?) -> BaseImage {
        BaseImage(reference: reference, imageID: id)
    }

    /// All that a record's proof covers; each differs from each.
    static let proofs: [(ContentDigest, [BaseImage])] = [
        (one, []), (two, []), (one, [base("a", nil)]), (one, [base("a", "")]),
        (one, [base("a", "sha256:1")]), (one, [base("a", "sha256:2")]), (one, [base("b", "sha256:1")]),
        (one, [base("a", "sha256:1"), base("b", "sha256:1")]),
        (one, [base("b", "sha256:1"), base("a", "sha256:1")]),
        (one, [base("a", nil), base("b", nil)]), (one, [base("asha256:1", nil)]),
        (two, [base("a", "sha256:1")]),
    ]

    @Test func whateverARecordProvesIsInTheName() {
        let names = KeptNameTests.proofs.map { KeptName(digest: $0.0, bases: $0.1).hex }
        #expect(Set(names).count == names.count)
        for name in names { #expect(name.utf8.count == 64) }
    }

    @Test func theNameIsTheSameWhoeverAsks() {
        for (digest, bases) in KeptNameTests.proofs {
            #expect(KeptName(digest: digest, bases: bases) == KeptName(digest: digest, bases: bases))
        }
        // Of this version. Should it ever change, so must the format that is in it.
        #expect(
            KeptName(digest: .zero, bases: [BaseImage(reference: "a:1", imageID: "sha256:0")]).hex
                == "13973ee6756a22c59a69854f4e519df1629d4fe63ad52cefa211458318421bc1")
    }

    @Test func aTagIsReadAsItIsWritten() throws {
        let tag = KeptTag(name: KeptName(digest: KeptNameTests.one, bases: []), key: "0123456789abcdef")
        #expect(tag.reference == "stoker-kept:\(KeptNameTests.hex)-0123456789abcdef")
        #expect(KeptTag(tag.reference) == tag)
        #expect(try ImageReference.isTag(tag.reference))
        #expect(KeptTag.pattern(of: tag.name) == "stoker-kept:\(KeptNameTests.hex)-*")
    }

    @Test(arguments: [
        "", "stoker-kept", "stoker-kept:", "stoker-kept:\(hex)", "stoker-kept:\(hex)-",
        "stoker-kept:-0123456789abcdef", "stoker-kept:\(hex)-0123456789abcde",
        "stoker-kept:\(hex)-0123456789abcdef0", "stoker-kept:\(hex)-0123456789ABCDEF",
        "stoker-kept:\(hex)-0123456789abcdeg", "stoker-kept:\(hex)-0123456789abcdef-",
        "stoker-kept:\(hex)0-0123456789abcdef", "stoker-kept:\(hex.dropFirst())-0123456789abcdef",
        "stoker-kept:\(hex.uppercased())-0123456789abcdef", "stoker-kept:sha256:\(hex)-0123456789abcdef",
        "stoker-kept2:\(hex)-0123456789abcdef", "me/stoker-kept:\(hex)-0123456789abcdef",
        "docker.io/library/stoker-kept:\(hex)-0123456789abcdef", " stoker-kept:\(hex)-0123456789abcdef",
        "stoker-kept:\(hex)-0123456789abcdef ", "stoker-kept:\(hex)-0123456789abcdéf",
        "stoker-kept:latest", "stoker-build:\(hex)-0123456789abcdef",
    ])
    func whatDoesNotMatchWholeIsNone(reference: String) {
        #expect(KeptTag(reference) == nil)
    }
}

extension ImageReference {
    /// Whether an engine takes a reference of Stoker's own, which the configuration may not have.
    fileprivate static func isTag(_ reference: String) throws -> Bool {
        _ = try ImageReference(parsing: "else" + reference)
        return true
    }
}
