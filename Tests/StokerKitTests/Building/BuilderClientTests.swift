import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

@Suite struct BuilderClientTests {
    let project = TestProject()

    @Test(
        arguments: [
            ("Docker version 28.2.2, build e6534b4", 28),
            ("Docker version 20.10.24+dfsg1, build 297e128", 20),
            ("Docker version 23.0.0-rc.1", 23), ("Docker version 9", 9), ("podman version 4.3.1", 4),
            ("Docker version", nil), ("Docker version x.y", nil), ("", nil), ("version 1", 1),
        ] as [(String, Int?)])
    func theMajorVersionIsRead(text: String, major: Int?) {
        #expect(BuilderClient.majorVersion(text) == major)
    }

    @Test(
        arguments: [
            ("Docker version 20.10.24+dfsg1, build 297e128", false, .embeddedBuildKit),
            ("Docker version 22.0.0", true, .embeddedBuildKit), ("Docker version 23.0.0", false, .legacy),
            ("Docker version 23.0.0", true, .buildx), ("Docker version 28.2.2, build e6534b4", true, .buildx),
            ("podman version 4.3.1", false, .podman),
        ] as [(String, Bool, BuilderClient.Kind)])
    func aClientIsWhatItSaysItIs(version: String, hasBuildx: Bool, kind: BuilderClient.Kind) async throws {
        let program = project.program(
            """
            case "$*" in
                --version) echo '\(version)' ;;
                'buildx version') exit \(hasBuildx ? 0 : 1) ;;
                *) exit 99 ;;
            esac
            """)
        #expect(try await BuilderClient.detect(program) == BuilderClient(program: program, kind: kind))
    }

    @Test(
        arguments: [
            (.buildx, .engineOwn), (.embeddedBuildKit, .engineOwn), (.legacy, .engineOwn), (.podman, .podman),
        ] as [(BuilderClient.Kind, BuilderClient.Kind)])
    func whereThereIsNoBuildKitItBuildsWithout(kind: BuilderClient.Kind, without: BuilderClient.Kind) {
        let client = BuilderClient(program: "docker", kind: kind)
        #expect(client.fitting(hasBuildKit: true) == client)
        #expect(client.fitting(hasBuildKit: false) == BuilderClient(program: "docker", kind: without))
    }

    @Test func oneThatIsNotThereOrFailsIsSaidSo() async throws {
        let failing = project.program("exit 1")
        for program in [failing, project.folder.appending("none").string, "no-such-client-anywhere"] {
            let error = await #expect(throws: StokerError.self) { try await BuilderClient.detect(program) }
            #expect(error?.code == .engineUnavailable)
            #expect(error?.message.contains(program) == true)
            #expect(error?.nextStep != nil)
        }
    }

    /// A build would wait for it as long as it likes.
    @Test func aClientThatDoesNotSayItsVersionIsAnErrorThatNamesTheQuestion() async throws {
        let program = project.program("exec sleep 600")
        let error = await #expect(throws: StokerError.self) {
            try await BuilderClient.detect(program, limit: .milliseconds(200))
        }
        #expect(error?.code == .engineUnavailable)
        #expect(error?.nextStep == "see what `\(program) --version` does")
    }
}
