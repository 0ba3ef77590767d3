import StokerCore
import Testing

/// How many images one project may have.
@Suite struct ImageCountTests {
    private func configuration(images count: Int) -> String {
        "images:\n" + (0..<count).map { "  i\($0): {dockerfile: D\($0)}\n" }.joined()
    }

    @Test func fiveHundredImagesAreTaken() throws {
        let fixture = try ConfigurationFixture()
        #expect(try fixture.load(configuration(images: 500)).images.count == 500)
    }

    /// Sixty thousand fit into the longest configuration.
    @Test func moreAreRefusedByTheFileAndTheLimit() throws {
        let fixture = try ConfigurationFixture()
        let error = #expect(throws: StokerError.self) { try fixture.load(configuration(images: 30_000)) }
        #expect(error?.code == .badInput)
        #expect(error?.message.contains("stoker.yaml") == true)
        #expect(error?.message.hasSuffix("found 30000 images, expected at most 500") == true)
    }
}
