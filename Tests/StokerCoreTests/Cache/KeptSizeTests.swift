import Testing

@testable import StokerCore

@Suite struct KeptSizeTests {
    private static let base = ImageLayer.Step(created: 1, words: "FROM", bytes: 100)

    /// - Parameter own: the sizes of its own layers, on the base that all have.
    private static func image(
        _ id: String, own: [Int64], used: Int64?, isHeld: Bool = false, base: ImageLayer.Step? = base
    ) -> KeptSize.Image {
        let steps =
            [base].compactMap(\.self)
            + own.enumerated().map {
                ImageLayer.Step(created: 2, words: "\(id) \($0)", bytes: $1)
            }
        return KeptSize.Image(
            id: id, isHeld: isHeld, lastUse: used.flatMap { EngineTime(unixSeconds: $0) },
            layers: ImageLayer.layers(of: steps, digests: []))
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var images: [KeptSize.Image]
        var maxSize: Int64
        var bytes: Int64
        /// In the order in which they go.
        var goes: [String]
        var frees: [Int64]
    }

    static let rows = [
        Row(testDescription: "nothing is there", images: [], maxSize: 0, bytes: 0, goes: [], frees: []),
        Row(
            testDescription: "what fits exactly stays",
            images: [image("a", own: [10], used: 1), image("b", own: [20], used: 2)],
            maxSize: 130, bytes: 130, goes: [], frees: []),
        Row(
            testDescription: "one byte too many, and the least recently used goes",
            images: [
                image("a", own: [10], used: 2), image("b", own: [20], used: 1), image("c", own: [5], used: 3),
            ],
            maxSize: 134, bytes: 135, goes: ["b"], frees: [20]),
        Row(
            testDescription: "what they share counts once, and is freed by the last",
            images: [image("a", own: [10], used: 1), image("b", own: [20], used: 2)],
            maxSize: 0, bytes: 130, goes: ["a", "b"], frees: [10, 120]),
        Row(
            testDescription: "what a held one has too counts for nothing",
            images: [
                image("a", own: [10], used: 1), image("b", own: [20], used: 2),
                image("now", own: [1000], used: nil, isHeld: true),
            ],
            maxSize: 20, bytes: 30, goes: ["a"], frees: [10]),
        Row(
            testDescription: "held ones stay, whatever the limit",
            images: [
                image("a", own: [10], used: 1, isHeld: true), image("b", own: [20], used: nil, isHeld: true),
            ],
            maxSize: 0, bytes: 0, goes: [], frees: []),
        Row(
            testDescription: "one that has nothing of its own stays, since it frees nothing",
            images: [
                image("a", own: [], used: 1), image("b", own: [20], used: 2),
                image("now", own: [5], used: 3, isHeld: true),
            ],
            maxSize: 0, bytes: 20, goes: ["b"], frees: [20]),
        Row(
            testDescription: "one of which nothing tells the time goes first",
            images: [image("a", own: [10], used: -9), image("b", own: [20], used: nil)],
            maxSize: 110, bytes: 130, goes: ["b"], frees: [20]),
        Row(
            testDescription: "at one time the order is that of the IDs",
            images: [image("b", own: [10], used: 1), image("a", own: [20], used: 1)],
            maxSize: 110, bytes: 130, goes: ["a"], frees: [20]),
        Row(
            testDescription: "another base is shared with nobody",
            images: [
                image("a", own: [10], used: 1, base: ImageLayer.Step(created: 1, words: "FROM", bytes: 101)),
                image("b", own: [20], used: 2),
            ],
            maxSize: 200, bytes: 231, goes: ["a"], frees: [111]),
        Row(
            testDescription: "sizes that do not fit are the largest",
            images: [image("a", own: [.max, .max], used: 1)], maxSize: 1, bytes: .max, goes: ["a"],
            frees: [.max]),
    ]

    @Test(arguments: rows) func theLeastRecentlyUsedGoUntilTheRestFits(row: Row) {
        #expect(KeptSize.bytes(row.images) == row.bytes)
        let surplus = KeptSize.surplus(row.images.reversed(), maxSize: row.maxSize)
        #expect(surplus.map(\.id) == row.goes)
        #expect(surplus.map(\.bytes) == row.frees)
    }

    @Test func stepsThatTakeNothingAreNoLayersButTellHistoriesApart() {
        let step = ImageLayer.Step(created: 5, words: "COPY", bytes: 7)
        let env = ImageLayer.Step(created: 1, words: "ENV a=b", bytes: 0)
        let plain = ImageLayer.layers(of: [step], digests: [])
        #expect(plain == ImageLayer.layers(of: [step, env], digests: []))
        #expect(plain != ImageLayer.layers(of: [env, step], digests: []))
        #expect(ImageLayer.layers(of: [env], digests: []) == [])
        #expect(ImageLayer.whole(imageID: "a", bytes: 7) != ImageLayer.whole(imageID: "b", bytes: 7))
    }

    /// As two builds of one second are that copy files of the same size.
    @Test func contentsTellStepsApartThatLookTheSame() {
        let steps = [7, 0, 9].map { ImageLayer.Step(created: 5, words: "COPY", bytes: $0) }
        let one = ImageLayer.layers(of: steps, digests: ["base", "one"])
        let two = ImageLayer.layers(of: steps, digests: ["base", "two"])
        #expect(one[0] == two[0])
        #expect(one[1] != two[1])
        #expect(one.map(\.bytes) == [7, 9])
        #expect(one[1] != ImageLayer.layers(of: steps, digests: ["other", "one"])[1])
        // Three layers, one of them of folders alone: nobody knows which.
        #expect(ImageLayer.layers(of: steps, digests: ["base", "folders", "one"]).map(\.bytes) == [7, 9])
    }
}
