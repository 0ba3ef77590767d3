import Crypto
import Foundation
import StokerCore

/// The docker client's own configuration, as far as it says which engine is meant: `config.json` and the
/// context store beside it.
struct DockerConfiguration {
    static let standard = Endpoint(address: .unix(path: "/var/run/docker.sock"))

    let environment: [String: String]
    let folder: String

    init(environment: [String: String]) {
        self.environment = environment
        if let folder = environment["DOCKER_CONFIG"], !folder.isEmpty {
            self.folder = folder
        } else {
            folder = (environment["HOME"] ?? NSHomeDirectory()) + "/.docker"
        }
    }

    var file: String { folder + "/config.json" }

    /// TLS by environment, as `DOCKER_TLS_VERIFY` switches it on.
    var environmentCertificates: String? {
        guard let verify = environment["DOCKER_TLS_VERIFY"], !verify.isEmpty else { return nil }
        return environment["DOCKER_CERT_PATH"] ?? folder
    }

    /// `nil` without a `config.json`, or when it is broken: the client then goes on as if there were none.
    var currentContext: String? {
        struct Config: Decodable { var currentContext: String? }
        guard let data = FileManager.default.contents(atPath: file),
            let name = (try? JSONDecoder().decode(Config.self, from: data))?.currentContext, !name.isEmpty
        else { return nil }
        return name
    }

    func endpoint(ofContext name: String, from source: String) throws -> Endpoint {
        if name == "default" { return DockerConfiguration.standard }
        struct Metadata: Decodable {
            struct Endpoint: Decodable {
                var host: String?

                enum CodingKeys: String, CodingKey { case host = "Host" }
            }
            var endpoints: [String: Endpoint]?

            enum CodingKeys: String, CodingKey { case endpoints = "Endpoints" }
        }
        // The context store names its folders by the SHA-256 of the context's name.
        let key = SHA256.hash(data: Data(name.utf8)).map { String(format: "%02x", $0) }.joined()
        let metadata = "\(folder)/contexts/meta/\(key)/meta.json"
        guard let data = FileManager.default.contents(atPath: metadata),
            let host = (try? JSONDecoder().decode(Metadata.self, from: data))?.endpoints?["docker"]?.host,
            !host.isEmpty
        else {
            throw StokerError(
                .badInput, "there is no docker context `\(name)`, which \(source) names",
                nextStep: "see `docker context ls`")
        }
        let certificates = "\(folder)/contexts/tls/\(key)/docker"
        let hasTLS = FileManager.default.fileExists(atPath: certificates + "/ca.pem")
        return try Endpoint(
            parsing: host, certificates: hasTLS ? certificates : nil, from: "the docker context \(name)")
    }
}
