import Foundation
import Glibc
import TestSupport
import Testing

extension WholeProgram.OnAnEngine {
    /// `stoker run` where the engine is reached by TLS alone: its command speaks plainly, to the proxy.
    @Suite(.enabled(if: TestEngine.isRoot, "needs root, for an engine of its own"))
    struct RunOverTLSTests {
        /// An authority with certificates for an engine and for its client, and beside it an authority that has signed
        /// neither, and a client without a certificate.
        private static let certificates = """
            set -e
            key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
            authority() { openssl req -x509 $key -keyout authority.pem -out "$1" -days 2 -subj /CN=authority; }
            signed() {
                openssl req $key -keyout "$1key.pem" -subj "/CN=$2" -out request.pem
                echo "$3" >extensions
                openssl x509 -req -in request.pem -CA ca.pem -CAkey authority.pem -CAcreateserial -days 2 \
                    -extfile extensions -out "$1cert.pem"
            }
            mkdir ../tls ../other ../nameless
            cd ../tls
            authority ca.pem
            signed '' client extendedKeyUsage=clientAuth
            signed server- server subjectAltName=DNS:localhost,IP:127.0.0.1
            cp cert.pem key.pem ../other
            cp ca.pem ../nameless
            authority ../other/ca.pem
            """

        /// - Parameter body: gets the port on the loopback device, too.
        private func with(
            _ body: (TestProject, PrivateEngine, _ port: Int) async throws -> Void
        ) async throws {
            try await TestProject.with { project in
                let made = try await project.shell(RunOverTLSTests.certificates)
                try #require(made.status == 0, "\(made.stderr)")
                let flags = ["cacert": "ca.pem", "cert": "server-cert.pem", "key": "server-key.pem"].flatMap {
                    ["--tls\($0)", "\(project.base)/tls/\($1)"]
                }
                let port = try Self.freePort()
                try await PrivateEngine.with(["--host", "tcp://127.0.0.1:\(port)", "--tlsverify"] + flags) {
                    engine in
                    let image = try await project.shell(
                        """
                        mkdir image && cp '\(TestEngine.busybox)' image/busybox
                        tar -C image -c . | docker -H \(engine.address) import - tls:latest
                        """)
                    try #require(image.status == 0, "\(image.stderr)")
                    try await body(project, engine, port)
                }
            }
        }

        /// The kernel gives it to nobody else so soon. Engines from 26 on take no port 0.
        private static func freePort() throws -> Int {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
                }
            }
            try #require(isKnown)
            return Int(UInt16(bigEndian: address.sin_port))
        }

        private func tls(_ host: String, _ port: Int, _ certificates: String) -> [String: String] {
            [
                "DOCKER_HOST": "tcp://\(host):\(port)", "DOCKER_TLS_VERIFY": "1",
                "DOCKER_CERT_PATH": certificates,
            ]
        }

        @Test func `its command needs no certificate, and owns what it creates`() async throws {
            try await with { project, engine, port in
                // By address and by name, which are looked up in the certificate in different ways.
                for host in ["127.0.0.1", "localhost"] {
                    let script = """
                        env | grep ^DOCKER_
                        docker create --network none --name made tls /busybox true >/dev/null
                        echo "$TESTCONTAINERS_HOST_OVERRIDE"
                        [ "$(docker inspect --format '{{index .Config.Labels "dev.stoker.lease"}}' made)" = "$STOKER_LEASE" ]
                        echo $?
                        # The engine answers when the input has ended, and nothing but its direction.
                        seq 300000 | docker run --interactive --network none tls /busybox sha256sum
                        seq 300000 | sha256sum
                        # It alone speaks, and ends.
                        docker run --rm --network none tls /busybox seq 300000 | sha256sum
                        """
                    let run = try await project.start(
                        [TestEngine.program, "run", "--no-warm", "--", "sh", "-c", script],
                        environment: tls(host, port, project.base + "/tls")
                    ).value()
                    #expect(run.status == 0, "\(run.stderr)")
                    let lines = run.stdout.split(separator: "\n").map(String.init)
                    try #require(lines.count == 6, "\(run.stdout)\n\(run.stderr)")
                    #expect(lines[0].hasPrefix("DOCKER_HOST=unix://\(project.base)/run/stoker/run-"))
                    #expect(lines[1] == host)
                    #expect(lines[2] == "0")
                    #expect(Set(lines[3...]).count == 1, "\(lines)")
                    let left = try await project.shell("docker -H \(engine.address) ps --all --quiet")
                    #expect(left.status == 0)
                    #expect(left.stdout == "")
                    #expect(project.leases == [])
                }
            }
        }

        @Test func `an engine that is not the one, or does not know us, is told before anything runs`()
            async throws
        {
            try await with { project, _, port in
                let plain = try await project.shell("docker -H tcp://127.0.0.1:\(port) ps")
                #expect(plain.status != 0)
                for certificates in ["other", "nameless"] {
                    let run = try await project.start(
                        [TestEngine.program, "run", "--no-warm", "--", "touch", "ran"],
                        environment: tls("127.0.0.1", port, "\(project.base)/\(certificates)")
                    ).value()
                    #expect(run.status == 69, "\(certificates): \(run.stderr)")
                    #expect(!project.exists("ran"))
                    #expect(project.leases == [])
                }
            }
        }
    }
}
