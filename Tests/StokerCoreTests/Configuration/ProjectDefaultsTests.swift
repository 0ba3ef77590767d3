import SystemPackage
import Testing

@testable import StokerCore

@Suite struct ProjectDefaultsTests {
    @Test func withoutAFileEverythingHasItsDefault() throws {
        let fixture = try ConfigurationFixture()
        let root = fixture.root
        let settings = try ProjectSettings.load(
            root: root, user: UserSettings(file: fixture.userFile, home: fixture.home))
        let image = ImageSettings(
            name: "default", tag: "app-test:latest", dockerfile: root.appending("Dockerfile"), context: root,
            target: nil, arguments: [:], platform: nil, network: nil, pull: false, cacheFrom: [], cacheTo: [],
            buildContexts: [:], record: root.appending(".docker_test_cache.json"),
            lock: root.appending(".docker_build.lock"),
            defaultTags: DefaultTags(root: root, image: "default"))
        #expect(
            settings
                == ProjectSettings(
                    root: root, file: nil, images: [image],
                    reaping: ReapSettings(
                        patterns: [.standard],
                        rules: [
                            ReapRule(
                                patterns: [.standard],
                                limits: ReapLimits(
                                    olderThan: .seconds(7200), runningOlderThan: .seconds(86_400)),
                                project: root.string)
                        ],
                        every: .seconds(600))))
    }

    @Test(arguments: [
        "", "\n\n", "# nothing here\n", "---\n", "--- # x\n...\n", "~\n", "null", "{}", "images:\n",
        "images: {}\n", "images: {default: }", "image: {}\n", "image:\n", "reaping:\n", "reaping: {}\n",
        "\u{FEFF}# a byte order mark\n", "images: {default: {context: , tag: ~, args: , record: null}}",
        "images: {default: {cache-from: , build-contexts: , pull: , cache-to: []}}",
        "reaping: {patterns: , every: , older-than: , running-older-than: ~}",
    ])
    func aFileThatSaysNothingMeansTheDefaults(yaml: String) throws {
        let fixture = try ConfigurationFixture()
        let user = UserSettings(file: fixture.userFile, home: fixture.home)
        let expected = try ProjectSettings.load(root: fixture.root, user: user)
        var settings = try fixture.load(yaml)
        #expect(settings.file == fixture.file)
        settings.file = nil
        #expect(settings == expected)
    }

    @Test func anImageOfAnotherNameHasDefaultsOfItsOwn() throws {
        let fixture = try ConfigurationFixture()
        let images = try fixture.load("images: {default: {}, Slim_3: {}}").images
        #expect(images.map(\.name) == ["default", "Slim_3"])
        #expect(images.map(\.tag) == ["app-test:latest", "app-test-slim_3:latest"])
        #expect(images[1].dockerfile == fixture.root.appending("Dockerfile"))
        #expect(images[1].context == fixture.root)
        #expect(images[1].record == fixture.root.appending(".docker_test_cache.Slim_3.json"))
        #expect(images[1].lock == fixture.root.appending(".docker_build.Slim_3.lock"))
    }

    @Test(arguments: [
        ("clud", "clud-test:latest"), ("My App", "my-app-test:latest"), ("a..b__c", "a-b-c-test:latest"),
        ("a.b_c-d", "a.b_c-d-test:latest"), ("-x-", "x-test:latest"), ("été", "t-test:latest"),
        ("ＡＢ", "stoker-test:latest"), ("...x", "x-test:latest"), ("日本", "stoker-test:latest"),
        ("a - b", "a-b-test:latest"),
    ])
    func theDefaultTagIsMadeFromTheFoldersName(folder: String, tag: String) throws {
        let fixture = try ConfigurationFixture(project: folder)
        #expect(try fixture.loadImage("").tag == tag)
    }

    @Test func theDefaultTagOfALongFolderNameIsValid() throws {
        let fixture = try ConfigurationFixture(project: String(repeating: "x-", count: 127))
        let tag = try fixture.loadImage("images: {\(String(repeating: "n", count: 100)): {}}").tag
        #expect(try ImageReference(parsing: tag).text == tag)
    }

    @Test func theSummaryTellsEachImageAndReaping() throws {
        let fixture = try ConfigurationFixture()
        var grant = BuildGrant()
        grant.cacheTo = ["type=local,dest=out"]
        let settings = try fixture.load(
            """
            images:
              default:
              full:
                args: {TOKEN: hidden, "A": 1}
                target: test
                platform: linux/arm64
                network: none
                pull: true
                cache-from: app:cache
                cache-to: ['type=local,dest=out']
                build-contexts: {base: "docker-image://alpine", src: ../lib}
            reaping: {patterns: ['clud-*-{hex:8}', 'clud-db-*-{hex:8}', 'db-*-{hex:6}'], older-than: 210m, every: 30s, exempt: mine}
            """, build: grant)
        let lines: [String] = settings.summary.map {
            $0.replacing(fixture.repository.string, with: "REPO")
        }
        try #require(lines.count == 3)
        #expect(
            lines[0] == """
                image default: tag app-test:latest, dockerfile Dockerfile, context ., keep 5, \
                record .docker_test_cache.json, lock .docker_build.lock
                """)
        #expect(
            lines[1] == """
                image full: tag app-test-full:latest, dockerfile Dockerfile, context ., target test, \
                args A TOKEN, platform linux/arm64, network none, pull, cache-from app:cache, \
                cache-to type=local,dest=REPO/app/out, build-context base=docker-image://alpine, \
                build-context src=REPO/lib, keep 5, record .docker_test_cache.full.json, \
                lock .docker_build.full.lock
                """)
        #expect(
            lines[2] == """
                reaping: patterns clud-*-{hex:8} clud-db-*-{hex:8}, older than 3 h 30 min, running older than 1 d, \
                every 1 min, never mine
                """)
    }
}
