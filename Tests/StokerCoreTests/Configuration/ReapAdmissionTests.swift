import SystemPackage
import Testing

@testable import StokerCore

/// What of a project's wishes counts for containers that may be anybody's.
@Suite struct ReapAdmissionTests {
    /// - Parameter user: the person's configuration; `ROOT` in it stands for the project's folder.
    private func load(
        _ yaml: String, user: String = "", _ fixture: ConfigurationFixture
    ) throws -> ReapSettings {
        try fixture.write(yaml, fixture.file)
        let user = try fixture.loadUser(user.replacing("ROOT", with: fixture.root.string))
        return try ProjectSettings.load(root: fixture.root, user: user).reaping
    }

    private func load(_ yaml: String, user: String = "") throws -> ReapSettings {
        try load(yaml, user: user, try ConfigurationFixture())
    }

    /// `app-*-{hex:8}: 2h 1d; …`, the exemptions after it.
    private func words(_ rules: [ReapRule]) -> String {
        rules.map { rule in
            let limits = [rule.limits.olderThan, rule.limits.runningOlderThan].map(DurationText.source)
            let words = rule.patterns.map(\.text) + limits + rule.exempt.sorted().map { "!\($0)" }
            return (rule.project == nil ? "everybody " : "") + words.joined(separator: " ")
        }.joined(separator: "; ")
    }

    @Test(arguments: [
        ("", "clud-*-{hex:8} 2h 1d"),
        ("reaping: {older-than: 3h, running-older-than: 2d}", "clud-*-{hex:8} 3h 2d"),
        ("reaping: {older-than: 1s, running-older-than: 2d}", "clud-*-{hex:8} 2h 2d"),
        ("reaping: {older-than: 0s, running-older-than: 0s}", "clud-*-{hex:8} 2h 1d"),
        ("reaping: {patterns: ['prod-*-{hex:8}'], older-than: 0s, running-older-than: 0s}", "2h 1d"),
        ("reaping: {patterns: ['prod-*-{hex:8}', 'clud-*-{hex:8}']}", "clud-*-{hex:8} 2h 1d"),
        ("reaping: {patterns: ['clud-app-*-{hex:8}'], older-than: 1d}", "clud-app-*-{hex:8} 1d 1d"),
        ("reaping: {patterns: ['prod-*-{hex:8}'], exempt: [db]}", "2h 1d !db"),
    ])
    func byItselfAProjectCanOnlyKeepContainers(yaml: String, expected: String) throws {
        #expect(words(try load(yaml).rules) == expected)
    }

    @Test(arguments: [
        // What the person grants the project counts, and no less than that.
        (
            "projects: {ROOT: {reaping: {patterns: ['app-*-{hex:8}'], older-than: 1m, running-older-than: 1h}}}",
            "reaping: {patterns: ['app-*-{hex:8}'], older-than: 10m, running-older-than: 1s}",
            "app-*-{hex:8} 10m 1h"
        ),
        // The project need not repeat it.
        (
            "projects: {ROOT: {reaping: {patterns: ['app-*-{hex:8}'], older-than: 1m, exempt: db}}}",
            "reaping: {exempt: cache}", "app-*-{hex:8} 1m 1d !cache !db"
        ),
        // Short limits are granted for the names that are granted, and not for everybody's.
        (
            "projects: {ROOT: {reaping: {patterns: ['app-*-{hex:8}'], older-than: 1s}}}",
            "reaping: {patterns: ['app-db-{hex:8}', 'clud-*-{hex:8}', 'apps-*-{hex:8}'], older-than: 1s}",
            "app-db-{hex:8} 1s 1d; clud-*-{hex:8} 2h 1d"
        ),
        // Without patterns they are granted for those of the project, which the person knows.
        (
            "projects: {ROOT: {reaping: {older-than: 1m}}}", "reaping: {older-than: 1s}",
            "clud-*-{hex:8} 1m 1d"
        ),
        // Another project's grant is nobody else's.
        (
            "projects: {/other: {reaping: {patterns: ['app-*-{hex:8}'], older-than: 1s}}}",
            "reaping: {patterns: ['app-*-{hex:8}'], older-than: 1s}", "2h 1d"
        ),
        // What the person says of all counts for all.
        ("reaping: {older-than: 5m}", "", "clud-*-{hex:8} 5m 1d"),
        ("reaping: {older-than: 5m}", "reaping: {older-than: 1m}", "clud-*-{hex:8} 5m 1d"),
        ("reaping: {older-than: 4h}", "reaping: {older-than: 3h}", "clud-*-{hex:8} 4h 1d"),
        (
            "reaping: {patterns: ['it-*-{hex:8}'], older-than: 5m}", "",
            "it-*-{hex:8} 5m 1d; everybody it-*-{hex:8} 5m 1d"
        ),
        // The default names are not those that the person has spoken of.
        (
            "reaping: {patterns: ['it-*-{hex:8}'], older-than: 5m}",
            "reaping: {patterns: ['clud-*-{hex:8}', 'it-a-*-{hex:8}'], older-than: 1m}",
            "clud-*-{hex:8} 2h 1d; it-a-*-{hex:8} 5m 1d; everybody it-*-{hex:8} 5m 1d"
        ),
    ])
    func theRestIsThePersonsWord(user: String, yaml: String, expected: String) throws {
        #expect(words(try load(yaml, user: user).rules) == expected)
    }

    @Test(arguments: [
        ("", "", 600), ("", "every: 1s", 60), ("", "every: 2h", 7200), ("every: 5s", "", 5),
        ("every: 5s", "every: 1s", 5), ("every: 1h", "every: 1s", 60), ("every: 1h", "", 3600),
    ])
    func noProjectMakesTheAgentLookAgainAndAgain(user: String, project: String, expected: Int) throws {
        let settings = try load("reaping: {\(project)}", user: "reaping: {\(user)}")
        #expect(settings.every == .seconds(expected))
    }

    @Test func noProjectKeepsTheAgentFromLooking() throws {
        let fixture = try ConfigurationFixture()
        let user = try fixture.loadUser("")
        let projects = [
            ReapSettings(every: .seconds(36_000)), ReapSettings(every: .seconds(60)), ReapSettings(),
        ]
        #expect(ReapSettings.interval(of: projects, user: user) == .seconds(60))
        #expect(ReapSettings.interval(of: [], user: user) == .seconds(600))
        let often = try fixture.loadUser("reaping: {every: 3s}")
        #expect(ReapSettings.interval(of: projects, user: often) == .seconds(3))
    }

    @Test func namesAreMadeAsTheProjectWantsThem() throws {
        let yaml = "reaping: {patterns: ['prod-*-{hex:8}']}"
        #expect(try load(yaml).patterns.map(\.text) == ["prod-*-{hex:8}"])
        let user = "projects: {ROOT: {reaping: {patterns: ['app-*-{hex:8}']}}}"
        #expect(try load("", user: user).patterns.map(\.text) == ["app-*-{hex:8}"])
    }

    @Test func whereNothingCanBeReadAllStaysThatMayBeTheProjects() throws {
        let fixture = try ConfigurationFixture()
        let user = try fixture.loadUser(
            "{reaping: {patterns: ['it-*-{hex:8}']}, projects: {\(fixture.root): {reaping: {patterns: ['app-*-{hex:8}']}}}}"
        )
        let settings = ReapSettings.unreadable(root: fixture.root, user: user)
        #expect(settings.rules.map(\.isReadable) == [false, true])
        #expect(
            settings.rules[0].patterns.map(\.text) == ["it-*-{hex:8}", "app-*-{hex:8}", "clud-*-{hex:8}"])
    }

    // MARK: What is said of it

    @Test(arguments: [
        "", "reaping: {}", "reaping: {older-than: 3h, exempt: [db]}", "reaping: {every: 1h}",
        "reaping: {patterns: ['clud-app-*-{hex:8}']}",
    ])
    func whatCountsNeedsNoWord(yaml: String) throws {
        #expect(try load(yaml).refusal == nil)
    }

    @Test func whatDoesNotCountIsSaidWithItsPlaceAndTheLineThatAdmitsIt() throws {
        let fixture = try ConfigurationFixture()
        let refusal = try load(
            "image: {}\nreaping:\n  older-than: 90m\n  patterns: ['prod-*-{hex:8}', 'clud-*-{hex:8}']\n",
            fixture
        ).refusal?
        .replacing(fixture.file.string, with: "FILE").replacing(fixture.userFile.string, with: "USER")
        .replacing(fixture.root.string, with: "ROOT")
        #expect(
            refusal
                == "FILE:3:15: reaping by patterns: [\"prod-*-{hex:8}\"], older-than: 1h30m (2h counts) does not "
                + "count, since it may concern other projects' containers; if it is right, write to USER: "
                + "projects: {ROOT: {reaping: {patterns: [\"prod-*-{hex:8}\", \"clud-*-{hex:8}\"], "
                + "older-than: 1h30m}}}")
    }

    /// Loads a project, writes the line that is said into the person's configuration, and loads it once more.
    private func admit(
        _ wishes: String, before: String = "", folder: String = "app"
    ) throws -> (before: UserSettings, after: UserSettings, root: FilePath) {
        let fixture = try ConfigurationFixture(project: folder)
        try fixture.write("reaping: {\(wishes)}", fixture.file)
        let old = try fixture.loadUser(before.replacing("ROOT", with: fixture.root.string))
        let refusal = try #require(try ProjectSettings.load(root: fixture.root, user: old).reaping.refusal)
        #expect(!refusal.contains("\n") && !refusal.contains("\u{202E}"))
        let line = try #require(refusal.firstRange(of: "projects: {"))
        let general = before.hasPrefix("reaping") ? before + "\n" : ""
        let user = try fixture.loadUser(general + refusal[line.lowerBound...] + "\n")
        let settings = try ProjectSettings.load(root: fixture.root, user: user).reaping
        #expect(settings.refusal == nil, "\(wishes) \(before) \(refusal)")
        return (old, user, fixture.root)
    }

    @Test(arguments: [
        "my app", "a: b", "#x", "{y}, [z]", "it's \"this\" \\ that", "tab\tä\u{202E}b", "~", "- x",
    ])
    func theLineThatIsSaidIsRightForAnyFolder(folder: String) throws {
        let (_, user, root) = try admit("patterns: ['prod-*-{hex:8}']", folder: folder)
        #expect(user.projects.map(\.root) == [root])
    }

    @Test(arguments: [
        "patterns: ['prod-*-{hex:8}'], older-than: 0s, running-older-than: 1h1s, every: 1s",
        "patterns: ['prod-*-{hex:8}', 'clud-*-{hex:8}'], older-than: 3s",
        "patterns: ['a-b-*-{hex:8}', 'a_c.*_{hex:6}'], older-than: 0s, running-older-than: 0s, every: 59s",
        "older-than: 0s, every: 1s",
    ])
    func theLineThatIsSaidAdmitsAllOfIt(wishes: String) throws {
        for before in [
            "", "reaping: {patterns: ['it-*-{hex:8}'], older-than: 1h, every: 1h}",
            "projects: {ROOT: {reaping: {patterns: ['app-*-{hex:8}'], running-older-than: 10s, older-than: 10m}}}",
            "projects: {ROOT: {reaping: {older-than: 1s}}}",
        ] {
            let (old, user, root) = try admit(wishes, before: before)
            // Nothing that the person had granted is lost.
            let granted = user.project(at: root)?.reaping.patterns
            for pattern in old.project(at: root)?.reaping.patterns ?? [] {
                #expect(granted?.contains(pattern) == true)
            }
        }
    }

    // MARK: The command line

    @Test func whatThePersonSaysOnTheCommandLineCounts() throws {
        var settings = try load("reaping: {older-than: 0s, exempt: [db]}")
        settings.choose([try ContainerPattern(parsing: "it-*-{hex:8}")])
        // And not what the project says of names that are none of its own.
        #expect(words(settings.rules) == "it-*-{hex:8} 2h 1d !db")
        settings.choose(age: .seconds(1))
        #expect(words(settings.rules) == "it-*-{hex:8} 1s 1s !db")

        settings = try load(
            "reaping: {running-older-than: 3d}",
            user: "projects: {ROOT: {reaping: {patterns: ['app-*-{hex:8}'], older-than: 1s}}}")
        settings.choose([
            try ContainerPattern(parsing: "app-db-{hex:8}"), try ContainerPattern(parsing: "it-*-{hex:8}"),
        ])
        #expect(words(settings.rules) == "app-db-{hex:8} 1s 3d; it-*-{hex:8} 2h 3d")

        // A pattern that takes in another's names waits for that one too.
        settings = try load(
            "",
            user: "{reaping: {patterns: ['app-db-*-{hex:8}'], older-than: 4h}, "
                + "projects: {ROOT: {reaping: {patterns: ['app-*-{hex:8}'], older-than: 1s}}}}")
        settings.choose([try ContainerPattern(parsing: "app-*-{hex:8}")])
        #expect(words(settings.rules) == "app-*-{hex:8} 4h 1d")
    }

    @Test func patternsThatNobodyWritesAreRefused() throws {
        let fixture = try ConfigurationFixture()
        let many = (0...100).map { "'clud-\($0)-*-{hex:8}'" }.joined(separator: ", ")
        #expect(
            fixture.failure { try fixture.load("reaping: {patterns: [\(many)]}") }
                == "FILE:1:21: \"patterns\": found 101 patterns, expected at most 100")
        let long = "clud-" + String(repeating: "a", count: 243) + "-{hex:8}"
        #expect(
            fixture.failure { try fixture.load("reaping: {patterns: '\(long)'}") }
                == "FILE:1:21: \"patterns\": found a pattern of 256 bytes, expected at most 255")
    }
}
