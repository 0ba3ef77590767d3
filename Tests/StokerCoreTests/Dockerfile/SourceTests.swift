import StokerCore
import Testing

struct SourceTests {
    static let sources = [
        ReadCase("COPY . .", ["/"], "buildkit convert_copy.go: cleaned to the root"),
        ReadCase("COPY / /x", ["/"], "buildkit convert_copy.go"),
        ReadCase("COPY ./src/ /x", ["src"], "buildkit system.NormalizePath"),
        ReadCase("COPY ../x ../../y/../z /x/", ["x", "z"], "buildkit path.Join(\"/\", src): clamped"),
        ReadCase("COPY a//b/./c /x", ["a/b/c"], "buildkit path.Clean"),
        ReadCase("copy a b c /x/", ["a", "b", "c"], "buildkit parser.go: instructions in any case"),
        ReadCase("COPY a*.txt d?/e /x/", ["<pattern>", "<pattern>/e"], "fsutil copy.go resolveWildcards"),
        ReadCase(
            "COPY [\"a b\", \"c\\u0041\", \"/x/\"]", ["a b", "cA"], "buildkit line_parsers.go parseJSON"),
        ReadCase("COPY [a-z]*.txt /x/", ["<pattern>"], "line_parsers.go: no JSON, hence words"),
        ReadCase("COPY [\"a\", \"/x\"] more", ["ALL"], "old parseJSON passes over what follows"),
        ReadCase("COPY [\"a\", 1, \"/x\"]", ["ALL"], "line_parsers.go errDockerfileNotStringArray"),
        ReadCase("COPY x/[^a]b /x", ["x"], "Go filepath.Match: a negated class takes the slash"),
        ReadCase("COPY x/[.-0]b /x", ["x"], "Go filepath.Match: a range may hold the slash"),
        ReadCase("COPY x/[ab /x", ["x"], "Go filepath.Match: malformed"),
        ReadCase("COPY x/*/../y /x", ["ALL"], "moby copy.go matches before cleaning"),
        ReadCase("COPY x/a\\\\b/c /x", ["x"], "moby copy.go containsWildcards: escapes stay in the name"),
        ReadCase("COPY a\\ b /x", ["a", "b"], "split before escapes"),
        ReadCase("COPY 'a' \"b\" /x/", ["a", "b"], "shell/lex.go quotes"),
        ReadCase("COPY --link --chown=1:1 --chmod=755 a /x", ["a"], "instructions/parse.go parseCopy"),
        ReadCase("COPY --hook=x a /x", ["ALL"], "an unknown flag may mean anything"),
        ReadCase("COPY --link=perhaps a /x", ["ALL"], "bflag.go: a switch is true or false"),
        ReadCase("COPY --from= a /x", ["a"], "parse.go: an empty --from is none"),
        ReadCase("COPY --from=b a /x", [], "convert.go toCommand: an image"),
        ReadCase("COPY --from a /x", ["ALL"], "bflag.go: missing value"),
        ReadCase("COPY --parents x/./y/**/z /x", ["x/y"], "convert_copy.go: patterns with **"),
        ReadCase("COPY --parents !a /x", ["ALL"], "patternmatcher: ! brings back"),
        ReadCase("ADD http://h/x https://h/y.git z /x/", ["z"], "moby urlutil.IsURL, convert_copy.go"),
        ReadCase("ADD git@h:r.git /x/", ["git@h:r.git"], "moby copy.go: only http is remote"),
        ReadCase("ADD --unpack=false --checksum=sha256:0 a.tar /x/", ["a.tar"], "parse.go parseAdd"),
        ReadCase("ADD --from=b a /x", ["ALL"], "parse.go: ADD has no --from"),
        ReadCase("COPY \u{FEFF}a$X b /x", ["ALL"], "text/scanner drops a leading byte order mark"),
        ReadCase("CMD x\nEXPOSE 80\nRUN cat <<< x\nLABEL a=b", [], "nothing else reads"),
    ]

    @Test(arguments: sources)
    func aSourceReadsWhatBuildersTakeItFor(_ row: ReadCase) throws {
        #expect(try Reading.paths("FROM a\n\(row.lines)\n") == row.paths)
    }

    static let mounts = [
        ReadCase("RUN --mount=target=/x,source=s/../t make", ["t"], "commands_runmount.go: bind by default"),
        ReadCase("RUN --mount=type=bind,target=/x make", ["/"], "convert_runmount.go: no source is the root"),
        ReadCase("RUN --mount=type=BIND,src=a*b,dst=/x make", ["a*b"], "SourcePath is no pattern"),
        ReadCase(
            "RUN --mount=type=bind,src=$BASE,dst=/x make", ["$BASE", "based"], "old ones do not expand"),
        ReadCase("RUN --mount=type=bind,src=$A,dst=/x make", ["$A", "/"], "unset is the root"),
        ReadCase("RUN --mount=type=bind,from=b,src=s,dst=/x make", [], "convert_runmount.go: from"),
        ReadCase("RUN --mount=type=cache,target=/x make", [], "a cache without from is scratch"),
        ReadCase("RUN --mount=type=tmpfs,target=/x --mount=type=secret,id=s make", [], "no files"),
        ReadCase("RUN --mount=type=ssh --network=none make", [], "no files"),
        ReadCase("RUN --mount=type=volume,target=/x make", ["ALL"], "an unknown type"),
        ReadCase("RUN --mount=type=bind,subpath=x,target=/x make", ["ALL"], "an unknown field"),
        ReadCase("RUN --mount=type=$T,target=/x make", ["ALL"], "the type is expanded by new ones"),
        ReadCase("RUN --mount='type=bind,\"source=a,b\"' make", ["ALL"], "encoding/csv quotes"),
        ReadCase("RUN --mount=type=bind,source='a b',target=/x make", ["a b"], "split_command.go quotes"),
        ReadCase("RUN --hook=x make", ["ALL"], "an unknown flag"),
    ]

    @Test(arguments: mounts)
    func aMountReadsItsSource(_ row: ReadCase) throws {
        #expect(try Reading.paths("FROM a\n\(row.lines)\n") == row.paths)
    }

    @Test func onlyPlainExclusionsAreHonoured() throws {
        func excludes(_ flags: String) throws -> [[UInt8]] {
            guard case .only(let reads) = try Reading.of("FROM a\nCOPY \(flags) . /x\n").context else {
                return []
            }
            return reads.first?.excludes ?? []
        }
        #expect(
            try excludes("--exclude=*.md --exclude=docs/**") == ["*.md", "docs/**"].map { Array($0.utf8) })
        #expect(try excludes("--exclude=$BASE") == [Array("based".utf8)])
        #expect(try excludes("--exclude=*.md --exclude=!a.md") == [])
        #expect(try excludes("--exclude=/a --exclude=../b --exclude=[ab] --exclude=./c") == [])
    }

    @Test func aReadSaysWhereItIsWritten() throws {
        let text = "FROM a\n\nCOPY --parents \\\n  # why\n  x/y \\\n\n  /z\n"
        guard case .only(let reads) = try Reading.of(text).context else {
            Issue.record("widened")
            return
        }
        #expect(reads.map(\.line) == [3])
        #expect(reads.map(\.instruction) == ["COPY"])
        #expect(reads.map(\.keepsParents) == [true])
    }
}
