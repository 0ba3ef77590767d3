@testable import StokerKit
import TestSupport

extension PrivateEngine {
    /// An image with nothing in it, for containers that are never started.
    func emptyImage() async throws -> String {
        let address = address
        return try await BlockingWork.run {
            let answer = try EngineSocket.ask(
                "POST", "/images/create?fromSrc=-&repo=empty", body: String(repeating: "\0", count: 1024),
                type: "application/x-tar", at: address)
            if answer.status != 200 {
                throw Failure(description: String(decoding: answer.body, as: UTF8.self))
            }
            return "empty"
        }
    }
}
