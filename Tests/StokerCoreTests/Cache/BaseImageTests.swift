import StokerCore
import Testing

@Suite struct BaseImageTests {
    static func base(_ id: String?, _ reference: String = "b:1") -> BaseImage {
        BaseImage(reference: reference, imageID: id)
    }

    @Test(
        arguments: [
            (old: [base("1")], new: [base("1")], words: nil),
            ([base(nil)], [base(nil)], nil),
            ([base("1")], [base("2")], "the base image b:1 is another image now"),
            ([base(nil)], [base("2")], "the base image b:1 is now in the engine's image store"),
            ([base("1")], [base(nil)], "the base image b:1 is no longer in the engine's image store"),
            ([base("1")], [base("2", "other")], nil),
            (
                [base("1"), base("1", "x")], [base("1"), base("2", "x")],
                "the base image x is another image now"
            ),
        ] as [(old: [BaseImage], new: [BaseImage], words: String?)])
    func aChangeIsOfAnImageThatBothKnow(old: [BaseImage], new: [BaseImage], words: String?) {
        #expect(BaseImage.change(from: old, to: new) == words)
    }
}
