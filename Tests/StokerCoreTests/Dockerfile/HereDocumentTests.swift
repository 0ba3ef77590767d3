import StokerCore
import Testing

/// Where here-documents begin and end, by BuildKit's `parser.go` and `shell/lex.go` of the versions that engines have.
struct HereDocumentTests {
    static let certain = [
        ReadCase(
            "RUN <<EOF\nCOPY y /z\nEOF\r\r\nCOPY x /z", ["x"], "moby/buildkit #4282: all carriage returns"),
        ReadCase("RUN <<EOF\nCOPY y /z\r\r\r\nEOF\nCOPY x /z", ["x"], "and inside of it"),
        ReadCase(
            "COPY <<EOF <<a<b x /z/\nhi\nEOF\nCOPY y /z", ["<<a<b", "x", "y"], "reHeredoc: no < in a name"),
        ReadCase("COPY <<a<b x /z/", ["<<a<b", "x"], "a path for all"),
        ReadCase(
            "COPY << EOF x /z/\nhi\nEOF\nCOPY y /z", ["<<", "EOF", "x", "y"], "1.16, and the words are paths"),
        ReadCase("RUN cat << EOF\nCOPY y /z\nEOF\nCOPY x /z", ["x"], "1.16; the others refuse EOF"),
        ReadCase("RUN cat <<  \t EOF\nhi\nEOF\nCOPY x /z", ["x"], "any white space"),
        ReadCase("RUN cat << -EOF\nhi\n-EOF\nCOPY x /z", ["x"], "the dash is the name's then"),
        ReadCase("RUN <<\"E F\"\nCOPY y /z\nE F\nCOPY x /z", ["x"], "quotes"),
        ReadCase("RUN <<E\\ F\nCOPY y /z\nE F\nCOPY x /z", ["x"], "an escape"),
        ReadCase("RUN 3<<A 4<<-B\nCOPY y /z\nA\n\t\tB\nCOPY x /z", ["x"], "file descriptors, and tabs"),
        ReadCase("RUN <<$A\nCOPY y /z\n$A\nCOPY x /z", ["x"], "a variable stays"),
        ReadCase("RUN a<<EOF; b\nCOPY x /z", ["x"], "not at the start of a word"),
        ReadCase("RUN cat <<\"\" b\nCOPY x /z", ["x"], "an empty name"),
        ReadCase("RUN cat <<< \"$X\" <<<<\nCOPY x /z", ["x"], "here-strings"),
        ReadCase("RUN x ${A:-b} <<EOF\nCOPY y /z\nEOF\nCOPY x /z", ["x"], "a substitution that all know"),
        ReadCase("RUN x ${A%b} <<EOF\nCOPY y /z\nEOF\nCOPY x /z", ["x"], "1.7: those before refuse EOF"),
        ReadCase("RUN <<EOF\nx \\\nEOF\nCOPY y /z", ["y"], "20.10 refuses x"),
        ReadCase("RUN <<EOF\nRUN x \\\nEOF\nCOPY y /z", ["y"], "20.10 joins two lines and reads the same"),
        ReadCase("RUN it's <<EOF\nCOPY x /z", ["x"], "no here-document with an open quote"),
        ReadCase("COPY <<EOF y /it's\nCOPY x /z", ["<<EOF", "x", "y"], "a path for 20.10"),
        ReadCase("ONBUILD COPY <<EOF y /z\nCOPY q /z\nEOF\nCOPY x /z", ["x"], "behind ONBUILD"),
    ]

    @Test(arguments: certain)
    func whatIsReadIsWhatBuildersRead(_ row: ReadCase) throws {
        #expect(try Reading.paths("FROM a\n" + row.lines + "\n") == row.paths)
    }

    /// Whoever takes such a file reads other instructions than the next one.
    @Test(arguments: [
        "RUN <<RUN\nCOPY q /z\nRUN\nCOPY y /z", "RUN cat << RUN\nCOPY q /z\nRUN\nCOPY y /z",
        "COPY [] <<EOF /z\nEOF", "RUN x \\\r\r\nCOPY y /z",
    ])
    func whereBuildersDifferEverythingCounts(_ lines: String) throws {
        #expect(try Reading.paths("FROM a\n" + lines + "\n") == ["ALL"])
    }

    @Test(arguments: [
        ("RUN <<EOF\nhello\n", "Dockerfile:2: the here-document has no end"),
        ("COPY x <<EOF\nhello\nEOF\n", "Dockerfile:2: a here-document cannot be the destination of COPY"),
        ("RUN <<EOF\"\nx\nEOF\nCOPY y /z", "Dockerfile:3: unknown instruction X"),
        ("RUN cat <<- EOF\nx\nEOF\nCOPY y /z", "Dockerfile:3: unknown instruction X"),
    ])
    func whatNoBuilderTakesIsAnError(_ lines: String, _ message: String) {
        #expect(Reading.message("FROM a\n" + lines) == message)
    }

    @Test func aTriggerOfAnImageMayHaveOne() throws {
        let bases: [String: BaseImageFacts] = [
            "app": .present(onBuild: ["COPY <<EOF y /z\nCOPY q /z\nEOF"], environment: [])
        ]
        #expect(try Reading.paths("FROM app\n", Reading.surroundings(bases: bases)) == ["y"])
    }
}
