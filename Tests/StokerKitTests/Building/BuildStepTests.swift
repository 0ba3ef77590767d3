import Testing

@testable import StokerKit

@Suite struct BuildStepTests {
    @Test(arguments: [
        ("Step 3/7 : RUN make", "3/7"), ("#8 [3/7] RUN make", "3/7"),
        ("#12 [tests 2/5] COPY . .", "tests 2/5"),
        ("#8 [linux/amd64 tests 2/5] RUN make", "tests 2/5"), ("#8 [linux/amd64 2/5] RUN make", "2/5"),
        ("#8 [stage-1 11/12] RUN make", "stage-1 11/12"),
    ]) func theBeginningOfAStepIsSeen(line: String, step: String) { #expect(BuildStep.parse(line) == step) }

    @Test(arguments: [
        "", "Step", "Step by step", "Step 3", "Step a/b : x", "#8 DONE 0.1s",
        "#1 [internal] load build definition",
        "#8 0.5 compiling [3/7] main.c", "[3/7] RUN", "# [3/7] x", "#8 ]3/7[", "#8 [3/] x", "#8 [/] x",
        "#8 [] x",
        "#8 [auth] library/alpine:pull token",
    ]) func otherLinesAreNone(line: String) { #expect(BuildStep.parse(line) == nil) }
}
