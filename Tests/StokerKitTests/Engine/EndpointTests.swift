import Crypto
import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

@Suite struct EndpointTests {
    let project = TestProject()

    /// A docker client's folder with two contexts and, if named, a current one.
    func environment(current: String? = nil, _ more: [String: String] = [:]) -> [String: String] {
        let docker = project.folder.appending("docker").string
        context("remote", in: docker, host: "tcp://10.0.0.1:2375")
        context("local", in: docker, host: "unix:///run/other.sock")
        if let current {
            try? Data(#"{"currentContext":"\#(current)","auths":{}}"#.utf8)
                .write(to: URL(fileURLWithPath: docker + "/config.json"))
        }
        return ["DOCKER_CONFIG": docker].merging(more) { $1 }
    }

    func context(_ name: String, in docker: String, host: String, tls: Bool = false) {
        let key = SHA256.hash(data: Data(name.utf8)).map { String(format: "%02x", $0) }.joined()
        let meta = "\(docker)/contexts/meta/\(key)"
        let certificates = "\(docker)/contexts/tls/\(key)/docker"
        let files = FileManager.default
        try? files.createDirectory(atPath: meta, withIntermediateDirectories: true)
        let json = #"{"Name":"\#(name)","Metadata":{},"Endpoints":{"docker":{"Host":"\#(host)"}}}"#
        try? Data(json.utf8).write(to: URL(fileURLWithPath: meta + "/meta.json"))
        if tls {
            try? files.createDirectory(atPath: certificates, withIntermediateDirectories: true)
            try? Data().write(to: URL(fileURLWithPath: certificates + "/ca.pem"))
        }
    }

    struct Row: Sendable {
        var current: String?
        var variables: [String: String] = [:]
        var user: EngineChoice?
        var host: String
    }

    static let standard = "unix:///var/run/docker.sock"

    @Test func theNearestWordCounts() throws {
        let host = ["DOCKER_HOST": "tcp://h:1"]
        let named = ["DOCKER_CONTEXT": "remote"]
        let rows = [
            Row(host: EndpointTests.standard),
            Row(variables: ["DOCKER_HOST": "", "DOCKER_CONTEXT": ""], host: EndpointTests.standard),
            Row(current: "local", host: "unix:///run/other.sock"),
            Row(current: "default", host: EndpointTests.standard),
            Row(current: "", host: EndpointTests.standard),
            Row(current: "local", user: .context("remote"), host: "tcp://10.0.0.1:2375"),
            Row(current: "local", user: .host("unix:///u.sock"), host: "unix:///u.sock"),
            Row(current: "local", user: .context("default"), host: EndpointTests.standard),
            Row(current: "local", variables: named, host: "tcp://10.0.0.1:2375"),
            Row(variables: named, user: .host("unix:///u.sock"), host: "tcp://10.0.0.1:2375"),
            Row(
                current: "local", variables: ["DOCKER_CONTEXT": "default"], user: .context("remote"),
                host: EndpointTests.standard),
            Row(
                current: "local", variables: host.merging(named) { $1 }, user: .context("remote"),
                host: "tcp://h:1"),
        ]
        for row in rows {
            let environment = environment(current: row.current, row.variables)
            #expect(try Endpoint.resolve(environment: environment, user: row.user).host == row.host, "\(row)")
            unlink(project.folder.appending("docker").appending("config.json").string)
        }
    }

    @Test func theClientsFolderIsInTheHomeByDefault() throws {
        _ = environment(current: "local")
        project.move("../docker", to: "../.docker")
        let endpoint = try Endpoint.resolve(environment: ["HOME": project.folder.string])
        #expect(endpoint.host == "unix:///run/other.sock")
    }

    @Test func aBrokenConfigurationIsAsGoodAsNone() throws {
        let environment = environment()
        for text in ["", "{", "[]", #"{"currentContext":7}"#] {
            project.write("../docker/config.json", text)
            #expect(try Endpoint.resolve(environment: environment).host == EndpointTests.standard)
        }
    }

    @Test(arguments: [
        ("unix:///a b.sock", "unix:///a b.sock"), ("tcp://h:2375", "tcp://h:2375"),
        ("tcp://h", "tcp://h:2375"), ("tcp://h/", "tcp://h:2375"), ("tcp://[::1]:99", "tcp://[::1]:99"),
        ("tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375"),
    ])
    func anAddressIsRead(text: String, host: String) throws {
        let endpoint = try Endpoint(parsing: text, certificates: nil, from: "X")
        #expect(endpoint.host == host)
        #expect(try Endpoint(parsing: endpoint.host, certificates: nil, from: "X") == endpoint)
    }

    @Test(arguments: [
        "unix://", "unix://relative.sock", "tcp://", "tcp://:2375", "tcp://h:x", "tcp://h:1/path", "fd://",
        "npipe:////./pipe/docker_engine", "http://h", "h:2375", "/var/run/docker.sock", "ssh://me@h",
        "unix:///" + String(repeating: "a", count: 107),
    ])
    func anAddressThatIsNoneIsRefused(text: String) throws {
        let error = #expect(throws: StokerError.self) {
            try Endpoint.resolve(environment: environment(current: nil, ["DOCKER_HOST": text]))
        }
        #expect(error?.code == .badInput)
        #expect(error?.message.contains("DOCKER_HOST is `\(text)`") == true)
        #expect(error?.nextStep != nil)
        if text.hasPrefix("ssh") { #expect(error?.nextStep?.contains("ssh -L") == true) }
    }

    @Test func theLongestSocketPathIsTaken() throws {
        let path = "/" + String(repeating: "a", count: 106)
        #expect(
            try Endpoint(parsing: "unix://" + path, certificates: nil, from: "X").address == .unix(path: path)
        )
    }

    @Test func aContextThatIsNotThereIsNamed() throws {
        let environment = environment(current: "gone")
        for (variables, user, source) in [
            (["DOCKER_CONTEXT": "away"], nil, "DOCKER_CONTEXT"),
            ([:], EngineChoice.context("away"), "the user's configuration"),
            ([:], nil, "config.json"),
        ] {
            let error = #expect(throws: StokerError.self) {
                try Endpoint.resolve(environment: environment.merging(variables) { $1 }, user: user)
            }
            #expect(error?.code == .badInput)
            #expect(error?.message.contains(source) == true)
        }
    }

    @Test func certificatesComeFromWhereTheAddressDoes() throws {
        let tls = ["DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/certificates"]
        var environment = environment(current: nil, tls)
        let docker = try #require(environment["DOCKER_CONFIG"])
        environment["DOCKER_HOST"] = "tcp://h"
        #expect(
            try Endpoint.resolve(environment: environment)
                == Endpoint(address: .tcp(host: "h", port: 2376), certificates: "/certificates"))
        environment["DOCKER_CERT_PATH"] = nil
        #expect(try Endpoint.resolve(environment: environment).certificates == docker)
        environment["DOCKER_HOST"] = "unix:///s"
        #expect(try Endpoint.resolve(environment: environment).certificates == nil)
        environment["DOCKER_HOST"] = nil
        context("secure", in: docker, host: "tcp://s", tls: true)
        environment["DOCKER_CONTEXT"] = "secure"
        let endpoint = try Endpoint.resolve(environment: environment)
        #expect(endpoint.address == .tcp(host: "s", port: 2376))
        #expect(endpoint.certificates?.hasPrefix(docker + "/contexts/tls/") == true)
    }

    @Test func certificatesThatAreMissingAreSaidSo() throws {
        let endpoint = Endpoint(address: .tcp(host: "h", port: 1), certificates: "/nowhere")
        let error = #expect(throws: StokerError.self) { try EngineClient(endpoint: endpoint) }
        #expect(error?.code == .badInput)
        #expect(error?.message.contains("/nowhere") == true)
    }
}
