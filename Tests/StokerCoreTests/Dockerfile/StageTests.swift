import StokerCore
import SystemPackage
import Testing

struct StageTests {
    private static let stages = """
        FROM a AS Base
        COPY base /x
        FROM b AS unused
        COPY unused /x
        FROM Base AS tool
        COPY tool /x
        FROM alpine
        COPY --from=TOOL /x /y
        COPY last /x

        """

    @Test func onlyReachedStagesCount() throws {
        let reading = try Reading.of(Self.stages)
        #expect(Reading.paths(reading.context) == ["base", "last", "tool"])
        #expect(reading.bases.map(\.text) == ["a", "alpine"])
    }

    @Test func theLegacyBuilderBuildsAllUpToTheTarget() throws {
        let all = Reading.surroundings(target: "tool", stages: .upToTarget)
        #expect(try Reading.paths(Self.stages, all) == ["base", "tool", "unused"])
    }

    @Test(arguments: [("BASE", ["base"]), ("1", ["unused"]), ("tool", ["base", "tool"])])
    func aTargetIsANameOrANumber(_ target: String, _ paths: [String]) throws {
        #expect(try Reading.paths(Self.stages, Reading.surroundings(target: target)) == paths)
    }

    @Test func anUnknownTargetIsAnError() {
        let message = Reading.message(Self.stages, Reading.surroundings(target: "tol"))
        #expect(message == "Dockerfile has no stage \"tol\"; set target to one of its stages, such as tool")
    }

    static let rows = [
        ReadCase("FROM a\nFROM a AS x\nCOPY n /z\nFROM b\nCOPY --from=1 /q /z", ["n"], "findStateByIndex"),
        ReadCase("FROM a AS x\nCOPY m /z\nFROM b\nRUN --mount=from=X,target=/z y", ["m"], "detectRunMount"),
        ReadCase("FROM later\nCOPY n /z\nFROM a AS later", [], "addState: later stages are images"),
        ReadCase("FROM a\nCOPY --from=later x /z\nFROM b AS later\nFROM 0", ["ALL"], "FROM 0 is an image"),
        ReadCase("FROM a\nCOPY --from=3 x /z", ["ALL"], "no such stage"),
        ReadCase("FROM a AS x\nFROM b AS x\nCOPY n /z\nFROM a\nCOPY --from=x q /z", ["n"], "statesByName"),
        ReadCase("FROM scratch\nCOPY n$BASE /z", ["n"], "an empty environment"),
        ReadCase("ARG V=3\nFROM python:$V\nCOPY n /z", ["n"], "FROM is expanded"),
        ReadCase("FROM $HTTP_PROXY\nCOPY n /z", ["ALL"], "an uncertain base"),
        ReadCase("FROM gone\nCOPY n /z", ["ALL"], "an unknown base"),
        ReadCase("FROM gone\nFROM a\nCOPY n /z", ["n"], "an unknown base that is not reached"),
        ReadCase("FROM a\nCOPY --from=gone x /z\nCOPY n /z", ["n"], "triggers run for FROM alone"),
        ReadCase("FROM --platform=$BUILDPLATFORM a\nCOPY n /z", ["n"], "the engine's own platform"),
        ReadCase("FROM --platform=linux/arm64 a\nCOPY n /z", ["ALL"], "not the image in the store"),
        ReadCase("FROM --platform=linux/$TARGETARCH a\nCOPY n /z", ["n"], "linux/ is no platform"),
        ReadCase(
            "FROM a AS build-amd64\nCOPY m /z\nFROM a AS build-arm64\nCOPY q /z\nFROM build-$TARGETARCH\nCOPY n /z",
            ["m", "n"], "build- is no image"),
        ReadCase(
            "FROM a AS amd64\nCOPY m /z\nFROM ${TARGETARCH}\nCOPY n /z", ["m", "n"], "nothing is no image"),
        ReadCase("ARG X\nFROM $X\nCOPY n /z", ["ALL"], "which no builder takes"),
        ReadCase("FROM a$TARGETVARIANT\nCOPY n /z", ["n"], "amd64 has no variant"),
        ReadCase("FROM --what=x a\nCOPY n /z", ["ALL"], "an unknown flag"),
        ReadCase(
            "FROM a AS x\nCOPY m /z\nFROM b\nARG S=x\nCOPY --from=$S q /z", ["m"], "moby expands --from"),
        ReadCase("FROM b\nCOPY --from=$UNSET q /z", ["q"], "moby: an empty --from is none"),
        ReadCase("FROM a AS s\nONBUILD COPY t /z\nCOPY n /z", ["n"], "ONBUILD not in its own stage"),
        ReadCase("FROM a AS s\nONBUILD COPY t /z\nFROM s\nCOPY n /z", ["n", "t"], "but in one built on it"),
        ReadCase("FROM a AS s\nONBUILD COPY t /z\nFROM s AS r\nFROM r", ["t"], "and not twice"),
        ReadCase("FROM a AS o\nCOPY m /z\nFROM a AS s\nONBUILD COPY --from=o x /z\nFROM s", ["m"], "needs o"),
    ]

    @Test(arguments: rows)
    func stagesLeadWhereBuildersGo(_ row: ReadCase) throws {
        #expect(try Reading.paths(row.lines + "\n") == row.paths)
    }

    @Test func triggersOfABaseAreReadAfterItsFrom() throws {
        let bases: [String: BaseImageFacts] = [
            "app": .present(onBuild: ["COPY . /src", "ARG W=x", "copy $W /w", "RUN make"], environment: [])
        ]
        let reading = try Reading.of("\nFROM app\n", Reading.surroundings(bases: bases))
        let expected = [
            ContextRead(components: [], line: 2, instruction: "ONBUILD COPY of app"),
            ContextRead(
                components: [.literal(Array("x".utf8))], line: 2, instruction: "ONBUILD COPY of app"),
        ]
        #expect(reading.context == .only(expected))
    }

    @Test(arguments: ["FROM b", "COPY", "WHAT x", "RUN a\nRUN b", "ONBUILD RUN x", ""])
    func aTriggerThatIsNotUnderstoodWidens(_ trigger: String) throws {
        let bases: [String: BaseImageFacts] = ["a": .present(onBuild: [trigger], environment: [])]
        let reading = try Reading.of("FROM a\n", Reading.surroundings(bases: bases))
        #expect(Reading.paths(reading.context) == ["ALL"])
        #expect(reading.basesDoubt?.line == 1)
    }

    @Test func anUnknownBaseSaysWhy() throws {
        let words =
            "the base image python:3.12 is not in the engine's image store, so its ONBUILD instructions are "
            + "unknown"
        let reading = try Reading.of("FROM python:3.12\n")
        #expect(reading.context == .everything(ReadReason(line: 1, words: words)))
    }

    /// Whoever hits must know all of them.
    @Test(arguments: [
        ("FROM $HTTP_PROXY", 1, "base image is not certain"), ("FROM ${no_proxy:-b}", 1, "not certain"),
        ("FROM a\nCOPY --from=$HTTP_PROXY x /z", 2, "`$HTTP_PROXY` names"),
        ("FROM a\nRUN --mount=from=$HTTP_PROXY,target=/z y", 2, "`$HTTP_PROXY` names"),
        ("FROM a\nCOPY --new --from=b x /z", 2, "--new"), ("FROM a\nRUN --new --mount=from=b y", 2, "--new"),
        ("FROM a\nRUN --mount=type=new,from=b y", 2, "new"),
    ])
    func aBaseThatIsNotCertainIsSaid(_ lines: String, _ line: Int, _ words: String) throws {
        let doubt = try #require(try Reading.of(lines + "\n").basesDoubt)
        #expect(doubt.line == line)
        #expect(doubt.words.contains(words), "\(doubt.words)")
    }

    @Test(arguments: [
        "FROM a\nCOPY $HTTP_PROXY /z", "FROM a\nCOPY --new x /z", "FROM gone\nCOPY --from=gone x /z",
        "FROM a\nCOPY --from=b $HTTP_PROXY /z", "FROM $HTTP_PROXY\nFROM a", "ARG T=1\nFROM a:$T",
    ])
    func otherDoubtsAreNotAboutBases(_ lines: String) throws {
        #expect(try Reading.of(lines + "\n").basesDoubt == nil)
    }

    @Test func basesAreGivenOnceAndInOrder() throws {
        let text =
            "ARG T=1\nFROM b\nCOPY --from=x:$T q /z\nRUN --mount=from=c,target=/z y\nCOPY --from=b q /z\n"
        #expect(
            try Reading.of(text).bases == [
                BaseReference(text: "b", line: 2, isFrom: true),
                BaseReference(text: "x:", line: 3, isFrom: false),
                BaseReference(text: "c", line: 4, isFrom: false),
            ])
    }
}
