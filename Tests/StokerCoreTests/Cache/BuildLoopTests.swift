@testable import StokerCore
import Testing

@Suite struct BuildLoopTests {
    /// The proofs of builds in a row, from what changed while each was going on.
    func proofs(_ changes: [[String]]) -> [CacheRecord.Proof] {
        var proofs: [CacheRecord.Proof] = []
        for paths in changes {
            var proof = CacheRecord.Proof(
                digest: "d", imageID: "i", engineID: "e", bases: [], seconds: 1, reason: "r")
            proof.note(changedMeanwhile: paths, after: proofs.last)
            proofs.append(proof)
        }
        return proofs
    }

    @Test(
        arguments: [
            (changes: [["a"]], written: []),
            ([["a"], ["a"]], ["a"]),
            ([["a"], ["b"]], []),
            ([["a"], []], []),
            ([["a"], [], ["a"]], []),
            ([["a", "b"], ["b", "c"]], ["b"]),
            ([["a"], ["a"], ["a"]], ["a"]),
        ] as [(changes: [[String]], written: [String])])
    func whatChangesTwiceInARowIsWrittenByTheBuild(changes: [[String]], written: [String]) {
        #expect(proofs(changes).last?.writtenByBuild == written)
    }

    @Test func onlyWhatTheBuildWritesIsALoop() throws {
        let proof = try #require(proofs([["a", "b"], ["a", "b"]]).last)
        #expect(proof.isLoop(["a"]))
        #expect(proof.isLoop(["a", "b"]))
        #expect(!proof.isLoop(["a", "c"]))
        #expect(!proof.isLoop(["c"]))
        #expect(!proof.isLoop([]))
    }

    @Test func aCheckoutInMidBuildDoesNotFillTheRecord() throws {
        let many = (0..<5000).map(String.init)
        #expect(proofs([many]).last?.changedMeanwhile.count == CacheRecord.Proof.pathLimit)
    }
}
