import Testing

@testable import StokerCore

@Suite struct ContainerFactsTests {
    @Test(
        arguments: [
            (["/clud-a-deadbeef"], "clud-a-deadbeef"), (["/web/db", "/clud-a-deadbeef"], "clud-a-deadbeef"),
            (["/clud-a-deadbeef", "/web/clud-b-deadbeef"], "clud-a-deadbeef"),
            (["/clud-web-deadbeef/db", "/db"], "db"), ([], nil), (["/"], nil), ([""], nil),
            (["clud-a-deadbeef"], nil), (["/web/clud-a-deadbeef"], nil), (["/a", "/b"], nil), (["a/b"], nil),
            (["//clud-a-deadbeef"], nil),
        ] as [([String], String?)])
    func `the name is the one with one slash`(names: [String], name: String?) {
        let facts = ContainerFacts(id: "", names: names, state: .exited, created: nil)
        #expect(facts.name == name)
    }

    @Test(arguments: [
        "created", "running", "paused", "restarting", "removing", "exited", "dead", "stopping", "",
    ])
    func `a state keeps the engine's word`(word: String) {
        #expect(ContainerState(engineName: word).engineName == word)
        let isUnknown = ContainerState(engineName: word) == .unknown(word)
        #expect(isUnknown == ["stopping", ""].contains(word))
    }

    @Test(arguments: ["no", "always", "unless-stopped", "on-failure", "sometimes"])
    func `a restart policy keeps the engine's word`(word: String) {
        #expect(RestartPolicy(engineName: word).engineName == word)
        #expect((RestartPolicy(engineName: word) == .unknown(word)) == (word == "sometimes"))
    }

    @Test func `no word for the restart policy means no`() {
        #expect(RestartPolicy(engineName: "") == .no)
    }
}
