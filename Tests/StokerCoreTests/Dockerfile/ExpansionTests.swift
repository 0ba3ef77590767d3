import StokerCore
import Testing

struct ExpansionTests {
    static let rows = [
        ReadCase("ARG A=x\nCOPY $A ${A}y /z/", ["x", "xy"], "shell/lex.go"),
        ReadCase("COPY x$A /z", ["x"], "unset is empty"),
        ReadCase("COPY $A /z", ["/"], "unset is empty: path.Join gives the root"),
        ReadCase("ENV A=x B=$A\nCOPY b$B /z", ["b"], "commands.go: expanded before any is set"),
        ReadCase("ENV A=x\nENV B=$A\nCOPY b$B /z", ["bx"], "dispatchEnv"),
        ReadCase("ENV A x  y\nCOPY [\"$A\", \"/z\"]", ["x  y"], "parseNameVal, old form"),
        ReadCase("ENV A=1\nARG A=2\nCOPY x$A /z", ["x1", "x2"], "ENV wins in moby, ARG in buildkit"),
        ReadCase("ARG BASE=2\nCOPY x$BASE /z", ["x2", "xbased"], "the image's ENV wins in moby"),
        ReadCase("ARG A=1 B=$A\nCOPY x$B /z", ["x", "x1"], "dispatchArg one by one, or all at once"),
        ReadCase("ARG A=1\nARG A\nCOPY x$A /z", ["x", "x1"], "moby forgets the default"),
        ReadCase("ARG GIVEN=1\nCOPY x$GIVEN /z", ["xgiven"], "--build-arg"),
        ReadCase("COPY x$GIVEN /z", ["x"], "--build-arg only for declared ones"),
        ReadCase("ARG GLOBAL\nCOPY x$GLOBAL /z", ["xg"], "re-declared from before FROM"),
        ReadCase("COPY x$GLOBAL /z", ["x"], "not visible without ARG"),
        ReadCase("ARG TARGETARCH\nCOPY x-$TARGETARCH /z", ["x-", "x-amd64"], "moby has no such variable"),
        ReadCase("COPY x-$TARGETARCH /z", ["x-"], "buildkit: only after ARG"),
        ReadCase("ARG TARGETSTAGE\nCOPY x-$TARGETSTAGE /z", ["ALL"], "new ones only"),
        ReadCase("COPY $HTTP_PROXY /z", ["ALL"], "moby builtinAllowedBuildArgs, client configuration"),
        ReadCase("ARG no_proxy=x\nCOPY $no_proxy /z", ["ALL"], "client configuration"),
        ReadCase("ENV HTTP_PROXY=x\nCOPY $HTTP_PROXY /z", ["x"], "ENV is certain"),
        ReadCase("ARG SOURCE_DATE_EPOCH=1\nCOPY $SOURCE_DATE_EPOCH /z", ["ALL"], "buildx sets it"),
        ReadCase("COPY ${A:-d} ${BASE:-d} /z/", ["based", "d"], "lex.go :-"),
        ReadCase("ENV E=\nCOPY x${E-d} x${E:-d} x${A-n} /z/", ["x", "xd", "xn"], "lex.go - and :-"),
        ReadCase("COPY x${BASE:+y} x${A+z}q /z/", ["xq", "xy"], "lex.go + and :+"),
        ReadCase("COPY ${BASE:?no} /z", ["based"], "lex.go ?"),
        ReadCase("COPY ${A:?no} /z", ["ALL"], "lex.go ?: the build fails"),
        ReadCase(
            "ENV P=a.b.c\nCOPY ${P#*.} ${P##*.} ${P%.*} ${P%%.*} /z/", ["a", "a.b", "b.c", "c"], "lex.go"),
        ReadCase("ENV P=a.b.c\nCOPY ${P/./-} ${P//./-} /z/", ["a-b-c", "a-b.c"], "lex.go / and //"),
        ReadCase("ENV P=a.b.c\nCOPY ${P/*/x} /z", ["ALL"], "a pattern that is not followed"),
        ReadCase("COPY ${A:-${B:-'$c'}} /z", ["$c"], "lex.go nested"),
        ReadCase("COPY \"$BASE\" '$BASE' \\$BASE /z/", ["$BASE", "based"], "lex.go quotes and escapes"),
        ReadCase("COPY x$ /z", ["x$"], "lex.go: a lone dollar"),
        ReadCase("COPY $1 /z", ["ALL"], "lex.go: digits and special names"),
        ReadCase("COPY x$Aé /z", ["ALL"], "lex.go unicode.IsLetter"),
        ReadCase("COPY ${A^^} /z", ["ALL"], "lex.go unsupported modifier"),
        ReadCase("COPY \"x /z", ["ALL"], "lex.go: an open quote"),
        ReadCase("ENV $BASE=x\nCOPY y$based /z", ["yx"], "commands.go expandKvp: the key too"),
        ReadCase("ARG $BASE=x\nCOPY y$Q /z", ["ALL"], "commands.go: ARG's key in old ones"),
        ReadCase("RUN --mount=type=bind,source=$HTTP_PROXY,target=/x y", ["ALL"], "expanded by new ones"),
    ]

    @Test(arguments: rows)
    func variablesStandForWhatBuildersPutThere(_ row: ReadCase) throws {
        let surroundings = Reading.surroundings(arguments: ["GIVEN": "given"])
        #expect(try Reading.paths("ARG GLOBAL=g\nFROM a\n\(row.lines)\n", surroundings) == row.paths)
    }

    @Test func aStageInheritsEnvironmentAndPerhapsArguments() throws {
        let text = "FROM a AS one\nARG A=1\nENV E=2\nFROM one\nCOPY x$A y$E /z/\n"
        #expect(try Reading.paths(text) == ["x", "x1", "y2"])
    }

    @Test func anUnknownPlatformIsNotGuessed() throws {
        let text = "FROM a\nARG TARGETARCH\nCOPY x-$TARGETARCH /z\n"
        var surroundings = Reading.surroundings()
        surroundings.enginePlatform = nil
        #expect(try Reading.paths(text, surroundings) == ["ALL"])
        surroundings.enginePlatform = "linux/arm/v5"
        #expect(try Reading.paths(text, surroundings) == ["ALL"])
    }

    @Test func theEscapeDirectiveChangesTheEscape() throws {
        let text = "# escape=`\nFROM a\nCOPY x `\n  y`$B /z/\n"
        #expect(try Reading.paths(text) == ["x", "y$B"])
    }
}
