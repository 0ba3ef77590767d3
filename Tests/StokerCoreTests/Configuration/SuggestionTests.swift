import Testing

@testable import StokerCore

@Suite struct SuggestionTests {
    @Test(arguments: [
        ("contxt", "context"), ("dockerFile", "dockerfile"), ("cache_from", "cache-from"), ("tga", "tag"),
        ("tags", "tag"), ("targte", "target"), ("Platform", "platform"), ("build-context", "build-contexts"),
    ])
    func aSlipOfThePenIsRecognised(word: String, meant: String) {
        #expect(Suggestion.nearest(to: word, in: ImageSettings.keys) == meant)
    }

    @Test(arguments: ["zebra", "", "t", "volumes", String(repeating: "tag", count: 100_000)])
    func anotherWordIsNotMistakenForAKey(word: String) {
        #expect(Suggestion.nearest(to: word, in: ImageSettings.keys) == nil)
    }

    @Test(arguments: [
        ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1),
        ("kitten", "sitting", 3), ("ca", "abc", 3),
    ])
    func theDistanceCountsEdits(left: String, right: String, edits: Int) {
        #expect(Suggestion.distance(Array(left.unicodeScalars), Array(right.unicodeScalars)) == edits)
    }
}
