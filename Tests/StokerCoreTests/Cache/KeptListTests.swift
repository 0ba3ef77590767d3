import Testing

@testable import StokerCore

@Suite struct KeptListTests {
    private func name(_ number: Int) -> KeptName {
        KeptName(digest: .zero, bases: [BaseImage(reference: "\(number)", imageID: nil)])
    }

    private func list(_ numbers: Int..., machine: String = "m") -> KeptList {
        var list = KeptList(project: "/p \"q\"\\ü", machine: machine)
        for number in numbers.reversed() { list.note(name(number), imageID: "sha256:\(number)") }
        return list
    }

    @Test func theLastUsedIsFirst() {
        var list = list(1, 2, 3)
        list.note(name(3), imageID: "sha256:3")
        #expect(list.entries.map(\.imageID) == ["sha256:3", "sha256:1", "sha256:2"])
        #expect([1, 2, 3, 4].map { list.position(of: name($0)) } == [1, 2, 0, nil])
    }

    @Test func onlyAnImageThatItKnowsIsAdmittedWhereItKnowsOne() {
        var list = list(1)
        #expect(list.admits(name(1), imageID: "sha256:1"))
        #expect(!list.admits(name(1), imageID: "sha256:2"))
        #expect(list.admits(name(2), imageID: "sha256:9"), "of this one it knows nothing")
        // Another engine has built the same inputs.
        list.note(name(1), imageID: "sha256:7")
        #expect(list.admits(name(1), imageID: "sha256:1"))
        #expect(list.admits(name(1), imageID: "sha256:7"))
    }

    @Test func itDoesNotGrowForEver() {
        var list = list()
        for number in 0..<(2 * KeptList.entryLimit) { list.note(name(number), imageID: "i") }
        #expect(list.entries.count == KeptList.entryLimit)
        #expect(list.position(of: name(2 * KeptList.entryLimit - 1)) == 0)
        #expect(list.position(of: name(0)) == nil)
    }

    @Test func whatIsWrittenIsRead() throws {
        for list in [list(), list(1), list(1, 2, 3, machine: "a/b")] {
            #expect(KeptList(try list.encoded()) == list)
        }
        let nowhere = KeptList(project: nil, machine: "m")
        #expect(KeptList(try nowhere.encoded()) == nowhere)
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{}", #"{"version":1}"#, #"{"version":1,"machine":"m"}"#,
        #"{"version":2,"machine":"m","entries":[]}"#, #"{"version":1,"machine":"m","entries":{}}"#,
        #"{"version":1,"machine":"m","entries":[{}]}"#, #"{"version":1,"machine":1,"entries":[]}"#,
        #"{"version":1,"machine":"m","entries":[{"name":"n","imageID":1}]}"#,
        #"{"version":1,"machine":"m","entries":[]} x"#,
    ])
    func whateverIsNotOneIsTakenForLost(text: String) {
        #expect(KeptList(Array(text.utf8)) == nil)
    }
}
