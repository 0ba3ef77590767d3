import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import Synchronization
import SystemPackage
import Testing

@Suite struct SecretMaskTests {
    @Test(arguments: [
        ("s3cr3t-token\n", "the token is s3cr3t-token.", "the token is ***."),
        ("s3cr3t-token\n", "#7 0.11 s3cr3t-tokens3cr3t-token", "#7 0.11 ******"),
        ("//r.example/:_authToken=s3cr3t-token", "found s3cr3t-token", "found ***"),
        (#"{"auth": "c2VjcmV0"}"#, "auth c2VjcmV0", "auth ***"),
        ("\"auth\": \"c2VjcmV0\",\n", "auth c2VjcmV0", "auth ***"),
        ("machine h login l password s3cr3t-token\r\n", "s3cr3t-token", "***"),
        ("-----BEGIN KEY-----\nMIIBOgIBAAJBAK\n-----END KEY-----\n", "+ MIIBOgIBAAJBAK", "+ ***"),
        ("longer-token\ntoken=longer-token-still", "longer-token-still longer-token", "*** ***"),
        ("no\n", "no new line", "no new line"), ("", "nothing", "nothing"),
    ])
    func whatWasGivenIsNotPrinted(secret: String, line: String, masked: String) {
        #expect(SecretMask(texts: [secret]).masked(line) == masked)
    }

    @Test(arguments: ["id=t,src=%", "id=t,source=%", "id=t,type=file,src=%", "id=t,env=TOKEN", "id=TOKEN"])
    func itIsReadFromWhereTheBuilderReadsIt(secret: String) {
        let project = TestProject()
        project.write("../token", "s3cr3t-token\n")
        let file = project.folder.appending("token").string
        let mask = SecretMask(
            BuildCredentials(secrets: [secret.replacing("%", with: file)]),
            environment: ["TOKEN": "s3cr3t-token"])
        #expect(mask.masked("s3cr3t-token") == "***")
    }

    @Test func whatCannotBeReadIsNoObstacle() {
        let project = TestProject()
        #expect(mkfifo(project.path("pipe").string, 0o600) == 0)
        let secrets = ["/nowhere", project.path("pipe").string, project.root.string].map { "id=a,src=\($0)" }
        let mask = SecretMask(BuildCredentials(secrets: secrets + ["id", "", "id=A"]), environment: [:])
        #expect(mask.masked("a line") == "a line")
    }

    /// Its lines go to the log and to `stoker status`, and its end into the message.
    @Test func aFailedBuildTellsNoSecret() async throws {
        let project = TestProject()
        project.write("../token", "s3cr3t-token\n")
        let lines = Mutex<[String]>([])
        let request = BuildRequest(
            image: project.image(),
            credentials: BuildCredentials(secrets: ["id=t,src=\(project.folder.appending("token"))"]),
            dockerfile: "/copy/D", context: "/copy", buildContexts: [:], tag: "stoker-build:k-1")
        let client = BuilderClient(
            program: project.program("echo '#5 1.0 s3cr3t-token'; printf s3cr3t-token >&2; exit 1"),
            kind: .buildx)
        let held = try HeldFile(project.folder.appending("held").string, O_RDWR | O_CREAT)
        let error = await #expect(throws: StokerError.self) {
            try await ImageBuilder(client: client, endpoint: Endpoint(address: .unix(path: "/fake.sock")))
                .build(request, heldOpen: held) { line in lines.withLock { $0.append(line) } }
        }
        #expect(lines.withLock { $0 } == ["#5 1.0 ***", "***"])
        #expect(error?.cause == "the builder's last lines:\n#5 1.0 ***\n***")
    }
}
