import Foundation
import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import StokerCore
import StokerKit
import SystemPackage

/// What the control API asks of the agent.
protocol ControlDelegate: Sendable {
    func warm(_ question: WarmQuestion, observer: @escaping WarmObserver) async throws -> WarmResult
    /// Whether the agent answers for this project and engine; why not, otherwise.
    func refusal(of question: WarmQuestion) async -> ControlRefusal?
    /// The images that are known to be the ones for today's inputs; `nil` when the caller has to ask for more.
    func hits(_ question: HitsQuestion) async -> [WarmResult]?
    func status() async -> StatusReport
}

/// Why the agent does not answer a question. The caller then does the work itself.
enum ControlRefusal: String, Codable, Sendable {
    case unknownProject
    case otherEngine
}

/// Serves the control API: HTTP/1.1 with JSON on a Unix socket, so that `curl --unix-socket` works.
enum ControlServer {
    static func make(
        socket: FilePath, delegate: any ControlDelegate, logger: Logger,
        onRunning: @escaping @Sendable () async -> Void
    ) throws -> any Service {
        let router = Router()
        router.get("/v1/status") { _, _ in
            try response(.ok, await delegate.status())
        }
        router.post("/v1/warm") { request, _ in
            let body = try await request.body.collect(upTo: 64 << 10)
            guard
                let question = try? JSONDecoder().decode(
                    WarmQuestion.self, from: Data(body.readableBytesView)), question.isSound
            else {
                return try response(
                    .badRequest, WireError(StokerError(.usage, "the body is not a question about an image")))
            }
            if let refusal = await delegate.refusal(of: question) { return try response(.conflict, refusal) }
            return Response(
                status: .ok, headers: [.contentType: "application/x-ndjson"],
                body: ResponseBody { writer in try await answer(question, delegate, &writer) })
        }
        router.post("/v1/hits") { request, _ in
            let body = try await request.body.collect(upTo: 64 << 10)
            guard
                let question = try? JSONDecoder().decode(
                    HitsQuestion.self, from: Data(body.readableBytesView)),
                let hits = await delegate.hits(question)
            else { return Response(status: .noContent) }
            return try response(.ok, hits)
        }
        return try serve(router.buildResponder(), at: socket, logger: logger, onRunning: onRunning)
    }

    /// So long a client may ask nothing.
    private static let idleTimeout = TimeAmount.seconds(10)

    /// Not by the framework's `Application`, whose clock for the `Date` of its answers wakes twice a second; nobody
    /// asks for the date here.
    private static func serve(
        _ responder: some HTTPResponder<BasicRequestContext>, at socket: FilePath, logger: Logger,
        onRunning: @escaping @Sendable () async -> Void
    ) throws -> any Service {
        let connections = PeerConnections()
        let server =
            try HTTPServerBuilder
            .http1(
                configuration: .init(
                    additionalChannelHandlers: [PeerCheck(connections, logger: logger)],
                    idleTimeout: idleTimeout)
            )
            .buildServer(
                configuration: .init(address: .unixDomainSocket(path: socket.string)),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger
            ) { request, writer, channel in
                let context = BasicRequestContext(
                    source: ApplicationRequestContextSource(channel: channel, logger: logger))
                let watch = ClientWatch(channel)
                defer { watch.end() }
                let answer: Response
                do {
                    answer = try await responder.respond(to: request, context: context)
                } catch let error as HTTPParserError {
                    throw error
                } catch {
                    answer = try response(.internalServerError, WireError(error))
                }
                watch.beginAnswer()
                try await writer.write(response: answer.head, body: answer.body)
            } onServerRunning: { _ in
                chmod(socket.string, 0o600)
                await onRunning()
            }
        return EndingServer(server: server)
    }

    /// A server that waits for its clients to the end would wait for those too that never read their answers.
    private struct EndingServer: Service {
        let server: any Service

        /// What is answered at the end is a line for each who waits.
        private static let patience = Duration.seconds(1)

        func run() async throws {
            try await withThrowingTaskGroup { group in
                group.addTask { try await server.run() }
                group.addTask {
                    try? await gracefulShutdown()
                    try await Task.sleep(for: EndingServer.patience)
                }
                try await group.next()
                group.cancelAll()
            }
        }
    }

    private static func answer(
        _ question: WarmQuestion, _ delegate: any ControlDelegate, _ writer: inout any ResponseBodyWriter
    ) async throws {
        let (replies, feed) = AsyncStream<WarmReply>.makeStream(
            // The last one is the answer, so what a slow reader misses are lines of the builder's.
            bufferingPolicy: .bufferingNewest(WarmEvent.bufferLimit))
        let work = Task {
            do {
                feed.yield(.result(try await delegate.warm(question) { feed.yield(.event($0)) }))
            } catch {
                feed.yield(.failure(WireError(error)))
            }
            feed.finish()
        }
        let beat = Task {
            while !Task.isCancelled {
                feed.yield(.alive)
                try await Task.sleep(for: WarmReply.heartbeat)
            }
        }
        // A caller who goes away takes back the question; the build that it caused goes on.
        defer {
            work.cancel()
            beat.cancel()
        }
        for await reply in replies {
            try await writer.write(ByteBuffer(bytes: try JSONEncoder().encode(reply) + [UInt8(ascii: "\n")]))
        }
        try await writer.finish(nil)
    }

    private static func response(_ status: HTTPResponse.Status, _ value: some Encodable) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let body = try encoder.encode(value) + [UInt8(ascii: "\n")]
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
