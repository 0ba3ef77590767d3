import SystemPackage
import Testing

@testable import StokerCore

@Suite struct ProjectValuesTests {
    @Test func everySettingOfAnImageIsRead() throws {
        let fixture = try ConfigurationFixture()
        let root = fixture.root
        var grant = BuildGrant()
        grant.networks = ["host"]
        grant.cacheFrom = ["ghcr.io/acme"]
        grant.cacheTo = ["type=local,mode=max,dest=out"]
        grant.entitlements = ["network.host"]
        let settings = try fixture.load(
            """
            images:
              main:
                tag: ghcr.io/acme/app:1.10
                context: docker/./ctx/../ctx
                dockerfile: ../Dockerfile.test
                target: test
                args: {VERSION: 1.10, FLAG: yes, EMPTY: "", QUOTED: "a b", OFF: false}
                platform: linux/arm/v7
                network: host
                pull: true
                cache-from: [ghcr.io/acme/app:cache, "type=local,src=../cache"]
                cache-to: Type=local,dest=out,mode=max
                entitlements: network.host
                build-contexts:
                  lib: ../lib
                  alpine:3.21: docker-image://alpine@sha256:00
                  web: https://example.org/a.tar
                  layout: oci-layout://store:v1
                keep: 12
                build-hash: [docker/Dockerfile.test, "src/*.py", ./a/../b]
                record: state/record.json
                lock: state/build.lock
            """, build: grant)
        let expected = ImageSettings(
            name: "main", tag: "ghcr.io/acme/app:1.10", dockerfile: root.appending("docker/Dockerfile.test"),
            context: root.appending("docker/ctx"), target: "test",
            arguments: ["VERSION": "1.10", "FLAG": "yes", "EMPTY": "", "QUOTED": "a b", "OFF": "false"],
            platform: "linux/arm/v7", network: "host", pull: true,
            cacheFrom: ["ghcr.io/acme/app:cache", "type=local,src=\(fixture.repository)/cache"],
            cacheTo: ["Type=local,dest=\(root)/out,mode=max"],
            buildContexts: [
                "lib": .directory(fixture.repository.appending("lib")),
                "alpine:3.21": .reference("docker-image://alpine@sha256:00"),
                "web": .reference("https://example.org/a.tar"),
                "layout": .reference("oci-layout://\(root)/store:v1"),
            ],
            keep: 12,
            buildHash: BuildHashRecipe(
                root: root,
                sources: [
                    .init(folder: BytePath("docker"), name: "Dockerfile.test"),
                    .init(folder: BytePath("src"), name: "*.py"), .init(folder: .root, name: "b"),
                ]), record: root.appending("state/record.json"), lock: root.appending("state/build.lock"),
            entitlements: ["network.host"])
        #expect(settings.images == [expected])
        #expect(settings.file == fixture.file)
    }

    @Test func imageStandsForOneImageCalledDefault() throws {
        let fixture = try ConfigurationFixture()
        let short = try fixture.load("image: {tag: x}")
        #expect(short.images.map(\.name) == ["default"])
        #expect(try short == fixture.load("images: {default: {tag: x}}"))
    }

    @Test func imagesKeepTheOrderOfTheFile() throws {
        let fixture = try ConfigurationFixture()
        let images = try fixture.load("images: {z: , a: , m: }").images
        #expect(images.map(\.name) == ["z", "a", "m"])
    }

    @Test(arguments: [
        ("[A=1, 'B=x=y', C=]", ["A": "1", "B": "x=y", "C": ""]), ("[]", [:]), ("{}", [:]),
        ("{A: 0x1F, B: 1e3, C: 2026-01-01, D: on}", ["A": "0x1F", "B": "1e3", "C": "2026-01-01", "D": "on"]),
        ("{A: 'null', B: \"~\"}", ["A": "null", "B": "~"]), ("{A: |-\n  x\n  y}", [:]),
    ])
    func argumentsKeepTheirOwnText(yaml: String, expected: [String: String]) throws {
        let fixture = try ConfigurationFixture()
        if yaml.contains("|") {
            let text = "image:\n  args:\n    A: |-\n      x\n      y\n"
            #expect(try fixture.loadImage(text).arguments == ["A": "x\ny"])
        } else {
            #expect(try fixture.loadImage("image: {args: \(yaml)}").arguments == expected)
        }
    }

    @Test func reapingIsRead() throws {
        let fixture = try ConfigurationFixture()
        let reaping = try fixture.loadUser(
            "reaping: {patterns: ['app-*-{hex:8}', 'db-*-{hex:6}'], older-than: 0s, "
                + "running-older-than: 1d12h, every: 1s, exempt: [mine, db]}"
        ).reaping
        #expect(
            try reaping.patterns
                == [ContainerPattern(parsing: "app-*-{hex:8}"), ContainerPattern(parsing: "db-*-{hex:6}")])
        #expect((reaping.olderThan, reaping.runningOlderThan) == (.zero, .seconds(36 * 3600)))
        #expect((reaping.every, reaping.exempt) == (.seconds(1), ["mine", "db"]))
        let project = try fixture.load("reaping: {exempt: mine, patterns: 'one-*-{hex:8}'}").reaping
        #expect(project.rules.map(\.exempt) == [["mine"]])
        #expect(try project.patterns == [ContainerPattern(parsing: "one-*-{hex:8}")])
    }

    @Test func anchorsAliasesAndMergesShareSettings() throws {
        let fixture = try ConfigurationFixture()
        let images = try fixture.load(
            """
            images:
              full: &base
                target: full
                args: &args {A: 1}
              slim:
                <<: *base
                target: slim
                build-contexts: {src: lib}
              other:
                <<: [{target: first}, *base]
                args: {<<: *args, B: 2}
            """
        ).images
        #expect(images.map(\.target) == ["full", "slim", "first"])
        #expect(images.map(\.arguments) == [["A": "1"], ["A": "1"], ["A": "1", "B": "2"]])
        #expect(images[2].buildContexts.isEmpty)
    }

    @Test(arguments: [
        ("true", true), ("True", true), ("TRUE", true), ("false", false), ("False", false), ("FALSE", false),
    ])
    func pullTakesTheBooleansOfYaml12(text: String, value: Bool) throws {
        #expect(try ConfigurationFixture().loadImage("image: {pull: \(text)}").pull == value)
    }

    @Test(arguments: [("keep: 0", 0), ("keep: 1", 1), ("keep: 100", 100), ("keep: ", 5), ("pull: true", 5)])
    func fiveImagesAreKeptUnlessItIsSaid(yaml: String, keep: Int) throws {
        #expect(try ConfigurationFixture().loadImage("image: {\(yaml)}").keep == keep)
    }

    @Test(arguments: ["-1", "101", "05", "+5", "1.5", "5e0", "0x5", "false", "five", "99999999999999999999"])
    func howManyAreKeptIsAWholeNumber(text: String) throws {
        let fixture = try ConfigurationFixture()
        let error = #expect(throws: StokerError.self) { try fixture.loadImage("image: {keep: \(text)}") }
        #expect(
            error?.message
                == "\(fixture.file):1:15: \"keep\": found \"\(text)\", expected a whole number from 0 to 100")
        #expect(throws: StokerError.self) { try fixture.loadImage("image: {keep: [5]}") }
    }

    @Test(arguments: ["\n", "\r\n"])
    func bothLineEndingsAreRead(ending: String) throws {
        let lines = ["image:", "  tag: x:1", "  target: y", ""]
        let image = try ConfigurationFixture().loadImage(lines.joined(separator: ending))
        #expect(image.tag == "x:1")
        #expect(image.target == "y")
    }
}
