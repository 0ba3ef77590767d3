import Testing

/// An image in what `stoker reap --json` tells.
struct ReapedImage: Decodable {
    var reference: String
    var imageID: String
    var decision: String
    var code: String
    var reason: String
}

extension TestProject {
    /// `stoker reap --json`, which must succeed: what it tells of images.
    func reapImages(_ more: String...) async throws -> [ReapedImage] {
        struct Report: Decodable { var images: [ReapedImage] }
        let outcome = try await start([TestEngine.program, "reap", "--json"] + more).value()
        try #require(outcome.status == 0, "\(outcome.stderr)")
        return try outcome.json(Report.self).images
    }
}
