import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

/// What tells a lease's processes from all others.
@Suite struct LeasedEnvironmentTests {
    private static let id = String(repeating: "0123456789abcdef", count: 2)
    private static let other = String(repeating: "f", count: 32)

    private func changes(_ old: [String: String]) throws -> [String: String?] {
        LeasedEnvironment.changes(
            lease: try #require(LeaseID(text: Self.id)), socket: "/p",
            endpoint: Endpoint(address: .unix(path: "/e")), old: old)
    }

    /// A bar stands for a zero.
    @Test(arguments: [
        ("STOKER_LEASE=\(id)", true),
        ("A=1|STOKER_LEASE=\(id)|B=2|", true),
        ("STOKER_LEASE_OUTER=\(id)|STOKER_LEASE=\(other)|", true),
        ("STOKER_LEASE=\(other)|STOKER_LEASE_OUTER=\(other),\(id)|", true),
        ("", false),
        ("||", false),
        ("STOKER_LEASE|\(id)|", false),
        ("STOKER_LEASE=\(other)|", false),
        ("STOKER_LEASE=\(id)0|", false),
        ("STOKER_LEASE=\(id.dropLast())|", false),
        ("STOKER_LEASE==\(id)|", false),
        ("XSTOKER_LEASE=\(id)|", false),
        ("STOKER_LEASE_PROXY=\(id)|", false),
        ("NOTE=STOKER_LEASE=\(id)|", false),
        ("STOKER_LEASE_OUTER=|STOKER_LEASE=|", false),
        ("STOKER_LEASE_OUTER=\(other)\(id)|", false),
    ])
    func aProcessBelongsToTheLeaseInItsEnvironment(environment: String, isOf: Bool) throws {
        let id = try #require(LeaseID(text: Self.id))
        #expect(
            LeasedEnvironment.carries(id, environment.utf8.map { $0 == UInt8(ascii: "|") ? 0 : $0 }) == isOf)
    }

    @Test func aNestedCommandCarriesTheLeasesAroundItToo() throws {
        #expect(try changes([:])["STOKER_LEASE"] == Self.id)
        // To be taken away, should it be there.
        #expect(try changes([:])["STOKER_LEASE_OUTER"] == .some(nil))
        #expect(try changes(["STOKER_LEASE": Self.other])["STOKER_LEASE_OUTER"] == Self.other)
        let third = String(repeating: "3", count: 32)
        #expect(
            try changes(["STOKER_LEASE": third, "STOKER_LEASE_OUTER": "\(Self.other),junk"])[
                "STOKER_LEASE_OUTER"] == "\(Self.other),\(third)")
    }

    /// The proxy speaks TLS for it.
    @Test func theCommandHearsNothingOfTheEnginesCertificates() throws {
        let changes = try changes(["DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/c", "DOCKER_CONTEXT": "c"])
        for name in ["DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_CONTEXT"] {
            #expect(changes[name] == .some(nil))
        }
        #expect(changes["DOCKER_HOST"] == "unix:///p")
    }
}
