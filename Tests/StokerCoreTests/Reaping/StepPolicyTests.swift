import Testing

@testable import StokerCore

@Suite struct StepPolicyTests {
    private static let lag: Int64 = 1_000
    /// On the engine's clock.
    private static let began: Int64 = 5_000 + lag

    private static func id(_ letter: Character) -> String { "sha256:" + digits(letter) }
    private static func digits(_ letter: Character) -> String { String(repeating: letter, count: 64) }
    private static func short(_ letter: Character) -> BuilderID {
        BuilderID(String(repeating: letter, count: 12))!
    }

    /// - Parameter doubtful: those of which a step may have told.
    private static func build(
        _ images: String, containers: String = "", _ number: Character = "1", doubtful: String = ""
    ) -> DeadBuild {
        var build = DeadBuild(
            tag: ScratchTag("stoker-build:0123456789abcdef-\(number)")!, how: "its process has ended",
            began: 5_000, lastHeard: 0, containers: containers.map(short), images: images.map(short))
        for letter in images + containers {
            build.evidence[short(letter)] = DeadBuild.Evidence(
                parent: containers.contains(letter) ? short("a") : nil, isCertain: !doubtful.contains(letter),
                at: 5_100)
        }
        return build
    }

    private static func image(
        _ letter: Character, on parent: Character? = nil, created: Int64 = began, named: Bool = false,
        used: Bool = false, container: Character? = nil
    ) -> StepPolicy.Image {
        StepPolicy.Image(
            id: id(letter), parentID: parent.map(id) ?? "", created: created, isNamed: named, isUsed: used,
            container: container.map(short))
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var images: [StepPolicy.Image]
        /// The last letters of those that go, in that order.
        var goes: String
        var isSettled = true
        var due = [build("abc", containers: "0")]
        var others: [DeadBuild] = []
    }

    static let rows = [
        Row(testDescription: "nothing is there", images: [], goes: ""),
        Row(
            testDescription: "a chain, its end first",
            images: [image("a"), image("b", on: "a"), image("c", on: "b")], goes: "cba"),
        Row(
            testDescription: "the base and the cache's layers below it stay",
            images: [
                image("f", named: true), image("e", on: "f"), image("a", on: "e"), image("b", on: "a"),
            ], goes: "ba"),
        Row(
            testDescription: "nobody's and others'",
            images: [image("d"), image("e", named: true), image("f", on: "d")], goes: ""),
        Row(
            testDescription: "a person has named the last",
            images: [image("a"), image("b", on: "a"), image("c", on: "b", named: true)], goes: ""),
        Row(
            testDescription: "a person has named one within",
            images: [image("a"), image("b", on: "a", named: true), image("c", on: "b")], goes: "c"),
        Row(
            testDescription: "another image was built on one",
            images: [image("a"), image("b", on: "a"), image("d", on: "a", named: true), image("c", on: "b")],
            goes: "cb"),
        Row(
            testDescription: "somebody's steps without a name are built on one",
            images: [image("a"), image("b", on: "a"), image("d", on: "b")], goes: ""),
        Row(
            testDescription: "a container uses one",
            images: [image("a"), image("b", on: "a", used: true), image("c", on: "b")], goes: "c",
            isSettled: false),
        Row(
            testDescription: "older than the build, whatever it says",
            images: [image("a", created: began - 6), image("b", created: began - 5)], goes: "b"),
        Row(
            testDescription: "finished while nobody listened",
            images: [image("a"), image("d", on: "a", container: "0"), image("e", on: "a", container: "9")],
            goes: "d"),
        Row(
            testDescription: "the same of one that is used",
            images: [image("d", used: true, container: "0")], goes: "", isSettled: false),
        Row(
            testDescription: "a dead build that is not due has gone on from it",
            images: [image("a"), image("b", on: "a"), image("e", on: "a")], goes: "b", isSettled: false,
            others: [build("e", "2")]),
        Row(
            testDescription: "one that is due has",
            images: [image("a"), image("e", on: "a")], goes: "ea",
            due: [build("a"), build("e", "2")]),
        Row(
            testDescription: "a step has named a person's image on the same base",
            images: [image("f", named: true), image("d", on: "f"), image("a", on: "f")], goes: "a",
            due: [build("ad", doubtful: "d")]),
        Row(
            testDescription: "a step has named one that has no parent",
            images: [image("d")], goes: "", due: [build("d", doubtful: "d")]),
        Row(
            testDescription: "a later step's, on those of which the builder alone has told",
            images: [image("a"), image("d", on: "a"), image("e", on: "d")], goes: "eda",
            due: [build("ade", doubtful: "de")]),
        Row(
            testDescription: "the engine tells of another container that it was made of",
            images: [image("a"), image("d", on: "a", container: "9")], goes: "",
            due: [build("ad", containers: "0", doubtful: "d")]),
        Row(
            testDescription: "the engine tells of a container that the build has noted",
            images: [image("a"), image("d", on: "a", container: "0")], goes: "da",
            due: [build("ad", containers: "0", doubtful: "0d")]),
        Row(
            testDescription: "made of a container that a step may have named, on nothing of ours",
            images: [image("d", on: "f", container: "0")], goes: "",
            due: [build("a", containers: "0", doubtful: "0")]),
        Row(
            testDescription: "made after it was told of",
            images: [image("a"), image("d", on: "a", created: began + 106)], goes: "",
            due: [build("ad", doubtful: "d")]),
        Row(
            testDescription: "of a word of which nothing is known",
            images: [image("a")], goes: "",
            due: [
                DeadBuild(
                    tag: ScratchTag("stoker-build:0123456789abcdef-1")!, how: "", began: 5_000, lastHeard: 0,
                    containers: [], images: [short("a")])
            ]),
    ]

    @Test(arguments: rows) func whatADeadBuildMadeAndNobodyNeedsGoes(row: Row) {
        for images in [row.images, row.images.reversed()] {
            let plan = StepPolicy.plan(due: row.due, others: row.others, images: images, lag: Self.lag)
            let letters = String(plan.removals.compactMap(\.id.last))
            #expect(letters == row.goes)
            #expect(plan.settled == (row.isSettled ? row.due : []))
        }
    }

    @Test func whatMayStillBeTheCacheOfTheNextBuildStays() {
        var build = Self.build("a")
        build.lastHeard = 1_000_000_000
        let hour: Int64 = 3_600_000_000_000
        #expect(!StepPolicy.isDue(build, now: build.lastHeard + hour - 1))
        #expect(StepPolicy.isDue(build, now: build.lastHeard + hour))
        #expect(!StepPolicy.isDue(build, now: 0), "the clock was set back")
    }

    private static func container(
        _ letter: Character = "0", name: String = "/festive_bell", state: ContainerState = .exited,
        created: Int64 = began, started: Int64? = began + 1, labels: [String: String] = [:],
        policy: RestartPolicy? = .no
    ) -> ContainerFacts {
        ContainerFacts(
            id: digits(letter), names: [name], state: state, created: EngineTime(unixSeconds: created),
            labels: labels, image: id("a"),
            details: ContainerFacts.Details(
                startedAt: started.flatMap { EngineTime(unixSeconds: $0) }, finishedAt: nil,
                restartPolicy: policy, hasLiveExec: nil))
    }

    private static func traits(
        on image: String = id("a"), requested: String? = nil, hasLog: Bool = false,
        healthcheck: [String] = ["NONE"],
        command: [String] = ["/bin/sh", "-c", "make"], isAttached: Bool = false
    ) -> StepTraits {
        StepTraits(
            hasLog: hasLog, imageID: image, requestedImage: requested ?? image, command: command,
            healthcheck: healthcheck, isAttached: isAttached)
    }

    private func isLeft(
        _ facts: ContainerFacts, _ traits: StepTraits = traits(),
        by build: DeadBuild = build("a", containers: "0"), images: [StepPolicy.Image] = []
    ) -> Bool {
        StepPolicy.isLeft(facts, traits, by: build, images: images, lag: Self.lag)
    }

    @Test(arguments: [
        container(), container(state: .created, started: nil), container(state: .dead),
        container(name: "/festive_bell7"), container(labels: ["dev.stoker.keep": "false"]),
        container(created: began - 5, started: began - 5),
    ]) func aContainerThatIsAsTheBuilderLeftItGoes(facts: ContainerFacts) { #expect(isLeft(facts)) }

    @Test(arguments: [
        container("1"), container(state: .running), container(state: .paused),
        container(state: .restarting), container(state: .removing), container(state: .unknown("new")),
        container(name: "/debug"), container(name: "/my_build_1"), container(name: "/x_12"),
        container(name: "/_bell"), container(name: "/Festive_bell"), container(name: "/festive_"),
        container(labels: ["dev.stoker.keep": "true"]), container(policy: .always), container(policy: nil),
        container(policy: .unknown("new")), container(created: began - 6),
        // Somebody has started it again.
        container(started: began + 31),
        // It was made after the builder had told of it.
        container(created: began + 106),
    ]) func aContainerThatSomebodyMayHaveTakenOverStays(facts: ContainerFacts) { #expect(!isLeft(facts)) }

    @Test(arguments: [
        traits(), traits(healthcheck: [], command: ["/bin/sh", "-c", "#(nop) ", "ENV A=b"]),
    ]) func aContainerThatIsAsTheBuilderMakesThemGoes(traits: StepTraits) {
        #expect(isLeft(Self.container(), traits))
    }

    @Test(arguments: [
        traits(hasLog: true), traits(on: id("b")), traits(on: ""), traits(requested: "python:3.12"),
        traits(requested: "aaaaaaaaaaaa"), traits(healthcheck: []), traits(healthcheck: ["CMD", "true"]),
        traits(isAttached: true), traits(healthcheck: [], command: ["/bin/sh", "-c", "echo #(nop)"]),
    ]) func aContainerThatNoBuilderMakesSoStays(traits: StepTraits) {
        #expect(!isLeft(Self.container(), traits))
    }

    @Test func aContainerOfWhichAStepMayHaveToldGoesOnlyFromAnImageOfTheBuilds() {
        let build = Self.build("ab", containers: "0", doubtful: "b0")
        let images = [Self.image("f", named: true), Self.image("a", on: "f"), Self.image("b", on: "a")]
        #expect(isLeft(Self.container(), Self.traits(on: Self.id("a")), by: build, images: images))
        #expect(isLeft(Self.container(), Self.traits(on: Self.id("b")), by: build, images: images))
        #expect(!isLeft(Self.container(), Self.traits(on: Self.id("f")), by: build, images: images))
        #expect(!isLeft(Self.container(), Self.traits(on: Self.id("a")), by: build, images: []))
        #expect(!isLeft(Self.container(), Self.traits(on: ""), by: build, images: images))
    }

    @Test func aContainerOfWhichOnlyTheListIsKnownStays() {
        var listed = Self.container()
        listed.details = nil
        #expect(!isLeft(listed))
    }
}
