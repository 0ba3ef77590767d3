import StokerCore
import Testing

struct ParsingTests {
    static let certain = [
        ReadCase("\u{FEFF}FROM a\nCOPY x /z", ["x"], "parser.go: a byte order mark"),
        ReadCase("FROM a\r\nCOPY x \\\r\n  y /z\r\n", ["x", "y"], "bufio.ScanLines"),
        ReadCase(
            "FROM a\nCOPY x \\  \n\n# c\n  # d\n y /z", ["x", "y"], "parser.go: blanks after the escape"),
        ReadCase("  FROM a\n\tCOPY x /z", ["x"], "parser.go trimWhitespace"),
        ReadCase("#!/bin/sh\nFROM a\nCOPY x /z", ["x"], "directives.go discardShebang"),
        ReadCase("# syntax=docker/dockerfile:1\nFROM a\nCOPY x /z", ["x"], "a known front end"),
        ReadCase(
            "#SYNTAX = docker.io/docker/dockerfile:1.7.0-labs \nFROM a\nCOPY x /z", ["x"], "case, spaces"),
        ReadCase("# check=skip=all\n# syntax=docker/dockerfile\nFROM a\nCOPY x /z", ["x"], "directives.go"),
        ReadCase("FROM a\n# syntax=foo/bar\nCOPY x /z", ["x"], "only at the top"),
        ReadCase("FROM a\nRUN <<EOF\nCOPY y /z\nEOF\nCOPY x /z", ["x"], "a here-document"),
        ReadCase("FROM a\nRUN cat <<-'E' && cat <<F\nCOPY y /z\n\tE\nq\nF\nCOPY x /z", ["x"], "several"),
        ReadCase("FROM a\nCOPY <<EOF x /z/\nhi\nEOF\nCOPY y /z", ["x", "y"], "parseSourcesAndDest"),
        ReadCase("FROM a\nRUN echo $((1<<3)) <<<x\nCOPY x /z", ["x"], "reHeredoc"),
        ReadCase("FROM a\nRUN [\"sh\", \"<<EOF\"]\nCOPY x /z", ["x"], "no here-document in exec form"),
        ReadCase("FROM a\nRUN echo 1 << 2\nCOPY x /z", ["x"], "no closing line, so no here-document"),
        ReadCase("FROM a\nONBUILD RUN <<EOF\nCOPY y /z\nEOF\nCOPY x /z", ["x"], "heredocCompoundDirectives"),
    ]

    @Test(arguments: certain)
    func whatAllBuildersParseAlikeIsNarrow(_ row: ReadCase) throws {
        #expect(try Reading.paths(row.lines) == row.paths)
    }

    static let unclear = [
        ("# syntax=foo/bar\nFROM a", "another front end"),
        ("# syntax=docker/dockerfile:experimental\nFROM a", "an experimental one"),
        ("# syntax=docker/dockerfile:1@sha256:00\nFROM a", "a digest may pin any image"),
        ("# syntax=docker/dockerfile:1 x\nFROM a", "with a command line"),
        ("# any=thing\n# syntax=foo/bar\nFROM a", "ParseDirectives of 20.10 passes over others"),
        ("#!/x\n# syntax=foo/bar\nBUILD x", "directives.go: after a shebang"),
        ("// syntax=foo/bar\nx", "directives.go: other comments"),
        ("\n {\"syntax\": \"foo/bar\"}", "directives.go: JSON"),
        ("# check=skip=all\n# escape=`\nFROM a", "old ones stop at check"),
        ("# syntax=docker/dockerfile:1\n# syntax=docker/dockerfile:1\nFROM a", "given twice"),
        ("FROM a\nRUN x \\\\\nCOPY y /z", "lineContinuationRegex of old and new"),
        ("FROM a\nRUN <<RUN\nCOPY q /z\nRUN\nCOPY y /z", "old ones take it for an instruction"),
        ("FROM a\nCOPY --from=é x /z", "extractBuilderFlags goes by bytes"),
    ]

    @Test(arguments: unclear)
    func whatBuildersParseDifferentlyWidens(_ text: String, _ rule: String) throws {
        #expect(try Reading.paths(text + "\n") == ["ALL"], "\(rule)")
    }

    @Test func anUnknownFrontEndStillTellsTheBases() throws {
        let reading = try Reading.of("# syntax=foo/bar\nFROM python:3\nFORM x\n")
        #expect(reading.bases == [BaseReference(text: "python:3", line: 2, isFrom: true)])
        let words = "`# syntax=foo/bar` is a front end that Stoker does not know"
        #expect(reading.context == .everything(ReadReason(line: 1, words: words)))
    }

    @Test func theBuildArgumentNamesAFrontEnd() throws {
        let known = Reading.surroundings(arguments: ["BUILDKIT_SYNTAX": " docker/dockerfile:1.4 "])
        #expect(try Reading.paths("FROM a\nCOPY x /z\n", known) == ["x"])
        let other = Reading.surroundings(arguments: ["BUILDKIT_SYNTAX": "foo/bar"])
        #expect(try Reading.paths("FROM a\nCOPY x /z\n", other) == ["ALL"])
    }

    static let refused = [
        ("", "Dockerfile:1: there are no instructions"),
        ("# only\n\n", "Dockerfile:1: there are no instructions"),
        ("FROM a\n\nFORM x\n", "Dockerfile:3: unknown instruction FORM; write FROM if that is meant"),
        ("RUN --mount=type=bind x\n", "Dockerfile:1: RUN stands before the first FROM"),
        ("ARG A\n", "Dockerfile:1: there is no FROM"),
        ("FROM\n", "Dockerfile:1: FROM needs an argument"),
        ("FROM a b\n", "Dockerfile:1: FROM takes an image, or an image AS a name"),
        ("FROM a AS 1\n", "Dockerfile:1: `1` cannot be the name of a stage"),
        ("FROM a\nCOPY x\n", "Dockerfile:2: COPY needs a source and a destination"),
        ("FROM a\nENV A\n", "Dockerfile:2: ENV needs a name and a value"),
        ("FROM a\nENV A=1 B\n", "Dockerfile:2: `B` has no = as ENV needs it"),
        ("FROM a\nONBUILD FROM b\n", "Dockerfile:2: FROM cannot be an ONBUILD trigger"),
        ("FROM a\nRUN <<EOF\nhello\n", "Dockerfile:2: the here-document has no end"),
        ("# escape=x\nFROM a\n", "Dockerfile:1: the escape character `x` is neither ` nor \\"),
        ("# escape=`\n# escape=`\nFROM a\n", "Dockerfile:2: only one escape directive can be used"),
    ]

    @Test(arguments: refused)
    func whatNoBuilderTakesIsAnErrorWithItsLine(_ text: String, _ message: String) {
        #expect(Reading.message(text) == message)
    }

    @Test func aLineHasTheLengthThatBuildersTake() throws {
        let longest = "FROM a\nRUN " + String(repeating: "x", count: 65_535 - 4) + "\nCOPY x /z\n"
        #expect(try Reading.paths(longest) == ["x"])
        let longer = "FROM a\nRUN " + String(repeating: "x", count: 65_536 - 4) + "\n"
        #expect(Reading.message(longer)?.hasPrefix("Dockerfile:2: the line is longer") == true)
    }
}
