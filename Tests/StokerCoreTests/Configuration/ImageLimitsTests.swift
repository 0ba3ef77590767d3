import Testing

@testable import StokerCore

@Suite struct ImageLimitsTests {
    @Test(arguments: [
        ("", ImageLimits()), ("images:", ImageLimits()), ("images: {}", ImageLimits()),
        ("images: {max-size: 5GB}", ImageLimits(maxSize: 5_000_000_000)),
        ("images: {max-size: 500MiB}", ImageLimits(maxSize: 500 << 20)),
    ])
    func limitsAreRead(yaml: String, limits: ImageLimits) throws {
        #expect(try ConfigurationFixture().loadUser(yaml).images == limits)
    }

    @Test func theDefaultIsTwentyGigabytes() {
        #expect(ImageLimits.standard.maxSize == 20_000_000_000)
    }

    @Test(arguments: [
        ("images: {max-size: 20}", "1:20", "the unit is missing"),
        ("images: {max-sizes: 20GB}", "1:10", "did you mean \"max-size\"?"),
        ("images: 20GB", "1:9", "expected a map"),
        (
            "images: {default: {tag: app}}", "1:10",
            "found the image \"default\", which belongs in a project's stoker.yaml"
        ),
    ])
    func whatIsWrongIsNamedWithItsPlace(yaml: String, place: String, words: String) throws {
        let fixture = try ConfigurationFixture()
        let error = #expect(throws: StokerError.self) { try fixture.loadUser(yaml) }
        let text = error?.description ?? ""
        #expect(error?.code == .badInput)
        #expect(text.contains("\(fixture.userFile):\(place): "), "\(text)")
        #expect(text.contains(words), "\(text)")
    }

    @Test(
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1_550_000, "1.5 MB"), (20_000_000_000, "20 GB"),
            (Int64.max, "9223372 TB"), (-1_500, "-1.5 kB"),
        ] as [(Int64, String)])
    func aSizeIsWrittenToATenth(bytes: Int64, text: String) {
        #expect(ByteCountText.format(bytes) == text)
    }
}
