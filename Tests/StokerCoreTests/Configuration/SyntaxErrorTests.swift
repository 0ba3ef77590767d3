import Foundation
import SystemPackage
import Testing

@testable import StokerCore

@Suite struct SyntaxErrorTests {
    @Test(arguments: [
        ("image:\n\ttag: x\n", "FILE:2:1: found a tab, expected spaces; indent with spaces"),
        (
            "image: {tag: x\n",
            "FILE:2:1: not valid YAML while parsing a flow mapping: did not find expected ',' or '}'"
        ),
        (
            "image: [\n",
            "FILE:2:1: not valid YAML while parsing a flow node: did not find expected node content"
        ),
        (
            "image:\n  tag: \"x\n",
            "FILE:3:1: not valid YAML while scanning a quoted scalar: found unexpected end of stream"
        ),
        ("a: b: c\n", "FILE:1:5: not valid YAML: mapping values are not allowed in this context"),
        (
            "image:\n  tag: x\n target: y\n",
            "FILE:3:2: not valid YAML while parsing a block mapping: did not find expected key"
        ),
        ("image: *nobody\n", "FILE:1:8: not valid YAML: found undefined alias"),
        (
            "image: {}\n---\nimage: {}\n",
            "FILE:2:1: found a second document, expected one; remove it, with the line ---"
        ),
        (
            "image: {}\nreaping: {}\nimage: {}\n",
            "FILE:1:1: found the key \"image\" more than once in a map; keep one of them"
        ),
        (
            "image:\n  tag: a\n  'tag': b\n",
            "FILE:2:3: found the key \"tag\" more than once in a map; keep one of them"
        ),
        ("image:\n  tag: a\u{7}\n", "FILE:2:9: found a control character, expected text"),
        ("- a\n", "FILE:1:1: found a list, expected a map with the keys image, images and reaping"),
        ("image\n", "FILE:1:1: found \"image\", expected a map with the keys image, images and reaping"),
        ("? [a, b]\n: 1\n", "FILE:1:3: found a list, expected a word as a key"),
        ("image: {? {x: y} : 1}\n", "FILE:1:11: \"image\": found a map, expected a word as a key"),
        ("'': 1\n", "FILE:1:1: found the string \"\", expected a word as a key"),
        (": 1\n", "FILE:1:1: not valid YAML while parsing a block mapping: did not find expected key"),
        (
            "image: !reset {}\n",
            "FILE:1:8: \"image\": found the tag \"!reset\", expected none; remove the tag"
        ),
        (
            "image: {tag: !!int 1}\n",
            "FILE:1:14: \"tag\": found the tag \"tag:yaml.org,2002:int\", expected none; remove the tag"
        ),
        (
            "image: {tag: \"a\\0b\"}\n",
            "FILE:1:14: \"tag\": found a string with a NUL character, expected an image reference such as app-test:latest"
        ),
        ("image: {<<: 3}\n", "FILE:1:13: \"<<\": found \"3\", expected a map, or a list of maps"),
    ])
    func whatIsNotYamlIsRefusedWithItsPlace(yaml: String, expected: String) throws {
        let fixture = try ConfigurationFixture()
        #expect(fixture.failure { try fixture.load(yaml) } == expected)
    }
}
