import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import StokerCore

/// Speaks the Engine API: queries, tags, removals. One connection pool to one endpoint.
///
/// Builds do not go through it but through the docker client, where the person's builders, credentials and
/// plugins live.
public final class EngineClient: EngineRequests {
    public let endpoint: Endpoint
    private let http: HTTPClient
    /// The lower of ours and the engine's.
    private let version: APIVersionMemory

    /// How long it may take. An engine under load answers late; one that hangs must not hang us.
    struct Patience: Sendable {
        var connecting = TimeAmount.seconds(10)
        /// The first question, which is for the version, and takes no longer than a query may.
        var greeting = TimeAmount.seconds(15)
        var query = TimeAmount.seconds(60)
    }
    private let patience: Patience
    /// Whether its maker wants it to wait longer than a person would.
    var isPatient: Bool { patience.query > Patience().query }
    static let answerLimit = 64 << 20
    /// How many requests can be under way at once.
    static let connectionLimit = 40

    public convenience init(endpoint: Endpoint) throws {
        try self.init(endpoint: endpoint, patience: Patience())
    }

    init(endpoint: Endpoint, patience: Patience) throws {
        self.endpoint = endpoint
        self.patience = patience
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = patience.connecting
        // An engine that is not there is told at once, and not tried again until the time is over.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Beyond them requests wait for a connection while their time runs.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = EngineClient.connectionLimit
        if let folder = endpoint.certificates {
            configuration.tlsConfiguration = try EngineClient.tls(folder)
        }
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        version = APIVersionMemory()
    }

    /// Makes a client, hands it to `body`, and closes its connections whatever happens.
    public static func with<Value>(
        _ endpoint: Endpoint, _ body: (EngineClient) async throws -> Value
    ) async throws -> Value {
        try await with(endpoint, patience: Patience(), body)
    }

    static func with<Value>(
        _ endpoint: Endpoint, patience: Patience, _ body: (EngineClient) async throws -> Value
    ) async throws -> Value {
        let client = try EngineClient(endpoint: endpoint, patience: patience)
        do {
            let value = try await body(client)
            try? await client.close()
            return value
        } catch {
            try? await client.close()
            throw error
        }
    }

    public func close() async throws { try await http.shutdown() }

    static func tls(_ folder: String) throws -> TLSConfiguration {
        do {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(folder + "/ca.pem"))
            // Not every engine asks who its client is.
            if FileManager.default.fileExists(atPath: folder + "/cert.pem") {
                tls.certificateChain = try NIOSSLCertificate.fromPEMFile(folder + "/cert.pem").map {
                    .certificate($0)
                }
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: folder + "/key.pem", format: .pem))
            }
            return tls
        } catch {
            throw StokerError(
                .badInput, "cannot read the engine's certificates in \(folder)", cause: "\(error)",
                nextStep: "put ca.pem, cert.pem and key.pem there")
        }
    }

    // MARK: Requests

    struct Answer: Sendable {
        var status: Int
        var body: [UInt8]
        /// When the engine wrote it, on its clock, rounded down to whole seconds; `nil` when it did not say.
        var date: EngineTime?

        /// The engine's own words for a failure.
        var message: String {
            struct Failure: Decodable { var message: String }
            if let failure = try? JSONDecoder().decode(Failure.self, from: Data(body)) {
                return failure.message.plain()
            }
            let text = String(decoding: body.prefix(500), as: UTF8.self).plain()
            return text.isEmpty ? "status \(status)" : text
        }

        /// Whether the engine does not speak the version that it was asked in.
        fileprivate var isWrongVersion: Bool {
            status == 400 && (message.contains("is too old") || message.contains("is too new"))
        }
    }

    /// One request, under the version that both sides speak.
    ///
    /// - Parameters:
    ///   - query: names and values, unescaped.
    ///   - timeout: default: the one for queries.
    func request(
        _ method: HTTPMethod, _ path: [String], query: [(String, String)] = [], timeout: TimeAmount? = nil
    ) async throws -> Answer {
        for _ in 0..<2 {
            let known = try await version.value { try await negotiate() }
            let answer = try await send(method, ["v\(known)"] + path, query: query, timeout: timeout)
            if !answer.isWrongVersion { return answer }
            // Another engine answers there now.
            await version.forget()
        }
        throw StokerError(
            .engineUnavailable, "the engine at \(endpoint) and Stoker have no version of its API in common",
            nextStep: "update the older of the two")
    }

    private func send(
        _ method: HTTPMethod, _ path: [String], query: [(String, String)], timeout: TimeAmount?
    ) async throws -> Answer {
        try await response(method, path, query: query, timeout: timeout) { response in
            let body = try await response.body.collect(upTo: EngineClient.answerLimit)
            return Answer(
                status: Int(response.status.code), body: Array(body.readableBytesView),
                date: response.headers.first(name: "Date").flatMap(EngineTime.init(httpDate:)))
        }
    }

    /// A question whose answer goes on for as long as the engine has something to tell.
    ///
    /// - Parameter take: gets `nil` when the engine has begun to answer, then each part as it comes.
    func follow(
        _ path: [String], query: [(String, String)], _ take: ([UInt8]?) async throws -> Void
    ) async throws {
        let known = try await version.value { try await negotiate() }
        do {
            // The time-out is that of the head.
            let response = try await http.execute(
                plainRequest(.GET, ["v\(known)"] + path, query: query), timeout: patience.query)
            try checkStatus(response)
            try await take(nil)
            for try await part in response.body { try await take(Array(part.readableBytesView)) }
        } catch let error as StokerError {
            throw error
        } catch {
            if Task.isCancelled { throw CancellationError() }
            // Another engine may answer there next time.
            await version.forget()
            throw EngineFailure.unreachable(endpoint, error)
        }
    }

    private func plainRequest(
        _ method: HTTPMethod, _ path: [String], query: [(String, String)]
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(
            url: base + path.map { "/" + EngineClient.escape($0, keeping: "/:") }.joined()
                + EngineClient.queryText(query))
        request.method = method
        // Over a Unix socket the library leaves it empty, which Go's server refuses.
        request.headers.replaceOrAdd(name: "Host", value: "docker")
        return request
    }

    /// - Parameters:
    ///   - timeout: of the whole exchange. Default: the one for queries, within the budget of all of them.
    ///   - limit: the most that a query may take.
    private func response<Value: Sendable>(
        _ method: HTTPMethod, _ path: [String], query: [(String, String)], timeout: TimeAmount? = nil,
        limit: TimeAmount? = nil,
        _ read: @escaping @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        if timeout == nil, let budget = AnswerBudget.current {
            let timeout = min(limit ?? patience.query, TimeAmount(budget.left))
            return try await budget.spend {
                try await response(method, path, query: query, timeout: timeout, read)
            }
        }
        let timeout = timeout ?? limit ?? patience.query
        let request = plainRequest(method, path, query: query)
        do {
            return try await EngineClient.within(timeout) { [http, request] in
                do {
                    return try await read(try await http.execute(request, timeout: timeout))
                } catch let error where method == .GET && EngineFailure.isLostConnection(error) {
                    // An engine that was restarted has closed the connections that were kept. Asking twice changes
                    // nothing; anything but a question may have been carried out.
                    return try await read(try await http.execute(request, timeout: timeout))
                }
            }
        } catch let error as StokerError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            if Task.isCancelled { throw CancellationError() }
            await version.forget()
            throw EngineFailure.unreachable(endpoint, error)
        }
    }

    /// The library's own time-out ends with the head of the answer; an engine may fall silent after it.
    private static func within<Value: Sendable>(
        _ timeout: TimeAmount, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask(operation: work)
            group.addTask {
                try await Task.sleep(for: .nanoseconds(timeout.nanoseconds))
                throw HTTPClientError.deadlineExceeded
            }
            defer { group.cancelAll() }
            // Two tasks were added, so there is a first to end.
            return try await group.next()!
        }
    }

    private var base: String {
        switch endpoint.address {
        case .unix(let path): "http+unix://" + EngineClient.escape(path)
        case .tcp(let host, let port):
            "\(endpoint.certificates == nil ? "http" : "https")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }

    /// - Parameter kept: characters that stand for themselves although they are reserved. In a path those
    ///   are the ones of image references, which not every engine takes escaped.
    private static func escape(_ text: String, keeping kept: String = "") -> String {
        let plain = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~" + kept)
        // `nil` only for text that is not Unicode, which a String cannot hold.
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? text
    }

    private static func queryText(_ query: [(String, String)]) -> String {
        if query.isEmpty { return "" }
        return "?" + query.map { escape($0.0) + "=" + escape($0.1) }.joined(separator: "&")
    }

    /// Asks for the version without naming one, as engines 29 refuse what is too old for them.
    private func negotiate() async throws -> APIVersion {
        let limit = min(patience.greeting, patience.query)
        return try await response(.GET, ["_ping"], query: [], limit: limit) { [self] response in
            _ = try await response.body.collect(upTo: 1 << 20)
            try checkStatus(response)
            let theirs = response.headers.first(name: "Api-Version").flatMap(APIVersion.init(parsing:))
            return min(theirs ?? .oldest, .newestTested)
        }
    }

    /// Whether it says nothing against building with BuildKit. Engine 20.10 has it and says nothing at all; podman up to
    /// 5.4 has none and sends the header empty.
    func hasBuildKit() async throws -> Bool {
        try await response(.GET, ["_ping"], query: []) { response in
            _ = try await response.body.collect(upTo: 1 << 20)
            return response.headers.first(name: "Builder-Version") != "1"
                && !response.headers.contains(name: "Libpod-Api-Version")
        }
    }

    private func checkStatus(_ response: HTTPClientResponse) throws {
        guard response.status == .ok else {
            throw StokerError(
                .engineUnavailable,
                "the engine at \(endpoint) answers with status \(response.status.code)",
                nextStep: "see its log")
        }
    }
}
