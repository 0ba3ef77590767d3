import Foundation
@testable import StokerKit
import Testing

/// Labels in the JSON of creations. What Go's decoder makes of such JSON is known from an engine: see
/// `ProxiedEngineTests.whateverTheEngineTakesIsLabelled`.
@Suite struct LabelInsertionTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var before: String
        var after: String?

        init(_ before: String, _ after: String?) { (self.before, self.after) = (before, after) }
        var testDescription: String { before }
    }

    func adding(_ labels: [String: String] = ["o": "1"], to body: String) -> String? {
        LabelInsertion(labels).adding(to: Array(body.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        Row("{}", #"{"Labels":{"o":"1"}}"#),
        Row(" { } ", #" { "Labels":{"o":"1"}} "#),
        Row(#"{"Image":"x"}"#, #"{"Image":"x","Labels":{"o":"1"}}"#),
        Row("{\"Image\": \"x\"\n}\n", "{\"Image\": \"x\"\n,\"Labels\":{\"o\":\"1\"}}\n"),
        Row(#"{"Labels":{},"a":1}"#, #"{"Labels":{"o":"1"},"a":1}"#),
        Row(#"{"Labels":{ },"a":1}"#, #"{"Labels":{ "o":"1"},"a":1}"#),
        Row(#"{"Labels":{"a":"}{"},"b":1}"#, #"{"Labels":{"a":"}{","o":"1"},"b":1}"#),
        Row(#"{"Labels": {"o":"0"} }"#, #"{"Labels": {"o":"0","o":"1"} }"#),
        Row(#"{"Labels":null}"#, #"{"Labels":{"o":"1"}}"#),
        Row(#"{"labels" : {"a":"b"}}"#, #"{"labels" : {"a":"b","o":"1"}}"#),
        Row(#"{"LABELS":{}}"#, #"{"LABELS":{"o":"1"}}"#),
        Row(#"{"\u004cabels":{}}"#, #"{"\u004cabels":{"o":"1"}}"#),
        Row(#"{"label\u017F":null}"#, #"{"label\u017F":{"o":"1"}}"#),
        Row(#"{"Labelſ":{}}"#, #"{"Labelſ":{"o":"1"}}"#),
        // Only the member of that name, wherever else the word may stand.
        Row(#"{"x":{"Labels":null}}"#, #"{"x":{"Labels":null},"Labels":{"o":"1"}}"#),
        Row(#"{"x":"Labels"}"#, #"{"x":"Labels","Labels":{"o":"1"}}"#),
        Row(#"{"Labels\"":{}}"#, #"{"Labels\"":{},"Labels":{"o":"1"}}"#),
        Row(#"{"Labels ":{}}"#, #"{"Labels ":{},"Labels":{"o":"1"}}"#),
        Row(#"{"Label":{}}"#, #"{"Label":{},"Labels":{"o":"1"}}"#),
        // Go's decoder puts them together, and the last name wins.
        Row(
            #"{"Labels":{"a":"b"},"labels":null}"#,
            #"{"Labels":{"a":"b"},"labels":null,"Labels":{"o":"1"}}"#),
        Row(
            #"{"labels":null,"Labels":{"a":"b"}}"#,
            #"{"labels":null,"Labels":{"a":"b"},"Labels":{"o":"1"}}"#),
        // Everything else stays as it is.
        Row(
            #"{"n":9223372036854775808,"f":1.0e+2,"n":-0,"s":"\ud83d\/","l":[{},[]],"t":true}"#,
            #"{"n":9223372036854775808,"f":1.0e+2,"n":-0,"s":"\ud83d\/","l":[{},[]],"t":true,"Labels":{"o":"1"}}"#
        ),
        // An engine reads one value, and leaves what follows.
        Row("{}x", #"{"Labels":{"o":"1"}}x"#),
        Row("{}{}", #"{"Labels":{"o":"1"}}{}"#),
        // No member: an object without any.
        Row("null", #"{"Labels":{"o":"1"}}"#),
        Row(" null\n", " {\"Labels\":{\"o\":\"1\"}}\n"),
    ])
    func theyAreAddedAndAllElseStays(row: Row) {
        #expect(adding(to: row.before) == row.after)
    }

    @Test(arguments: [
        "", " ", "x", "[]", "1", #""Labels""#, "{", "{\"", #"{"a"#, #"{"a""#, #"{"a":"#, #"{"a":1"#,
        #"{"a":1,"#,
        #"{"a":1,}"#, "{,}", #"{"a" 1}"#, #"{a:1}"#, #"{"a":}"#, #"{"a":{}"#, #"{"a":"b}"#, #"{"a":"\"#,
        #"{"a":"\"}"#, #"{"Labels":"#, #"{"Labels":{"#, #"{"Labels":1}"#, #"{"Labels":"x"}"#,
        #"{"Labels":[]}"#,
        "\u{FEFF}{}", "nul", "{\"a\":[}",
    ])
    func whatTheEngineRefusesStaysAsItIs(body: String) {
        #expect(adding(to: body) == nil)
    }

    @Test func labelsAreEscapedAndInOrder() {
        #expect(
            adding(["b": "\"\\\n\u{1}", "a": "ü€😀\u{7F}"], to: "{}")
                == "{\"Labels\":{\"a\":\"ü€😀\u{7F}\",\"b\":\"\\\"\\\\\\u000a\\u0001\"}}")
    }

    @Test func withoutLabelsNothingIsAdded() {
        #expect(adding([:], to: "null") == "null")
    }

    /// Whether it is the same text with something new in one place.
    func isInsertion(_ added: String, into text: String) -> Bool {
        let (long, short) = (Array(added.utf8), Array(text.utf8))
        let same = zip(long, short).prefix { $0 == $1 }.count
        return long.count >= short.count && long.suffix(short.count - same) == short[same...]
    }

    /// A second reader: Foundation's, which knows nothing of how the text was changed.
    @Test func randomObjectsGetTheLabelsAndLoseNothing() throws {
        for seed in 0..<500 as Range<UInt64> {
            var random = JSONComposer(seed: seed)
            let text = random.object()
            let added = try #require(adding(["o": "1"], to: text), "seed \(seed): \(text)")
            #expect(isInsertion(added, into: text), "seed \(seed): \(text) → \(added)")
            var before = try JSONComposer.decode(text)
            var labels = before["Labels"] as? [String: Any] ?? [:]
            labels["o"] = "1"
            before["Labels"] = labels
            let after = try JSONComposer.decode(added)
            #expect(
                NSDictionary(dictionary: before) == NSDictionary(dictionary: after), "seed \(seed): \(added)")
        }
    }
}
