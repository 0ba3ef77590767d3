import StokerCore
import Testing

@testable import StokerKit

@Suite struct LegacyBuilderOutputTests {
    /// What is noted of a transcript: `container 0123456789ab`.
    private func notes(_ transcript: String) -> [String] {
        var output = LegacyBuilderOutput()
        return transcript.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line in
            switch output.read(String(line))?.note {
            case .container(let id): "container \(id)"
            case .removed(let id): "removed \(id)"
            case .image(let id): "image \(id)"
            case nil: nil
            }
        }
    }

    /// Of an engine 20.10; the client 28.2 prints the same below a warning.
    private static let stages = """
        Sending build context to Docker daemon  1.985MB
        Step 1/11 : FROM scratch AS base
         --->\u{20}
        Step 2/11 : COPY busybox /bin/busybox
         ---> d031a220d5c8
        Step 3/11 : ARG X=1
         ---> Running in ea43cbecf17b
        Removing intermediate container ea43cbecf17b
         ---> 9cb94923b0cd
        Step 4/11 : ENV A=b
         ---> Running in aa2aae366034
        Removing intermediate container aa2aae366034
         ---> 230ca1aeb190
        Step 5/11 : RUN ["/bin/busybox", "echo", " ---> 0123456789ab"]
         ---> Running in 56bdecf5f07d
         ---> 0123456789ab
        Removing intermediate container 56bdecf5f07d
         ---> c146926ac4cd
        Step 6/11 : FROM base AS mid
         ---> c146926ac4cd
        Step 7/11 : RUN ["/bin/busybox", "echo", "---> Running in 0123456789ab"]
         ---> Running in 4f37aa418277
        ---> Running in 0123456789ab
        Removing intermediate container 4f37aa418277
         ---> 33842fb10ab5
        Step 8/11 : FROM mid
         ---> 33842fb10ab5
        Step 9/11 : WORKDIR /w
         ---> Running in e7ac2d2faed8
        Removing intermediate container e7ac2d2faed8
         ---> e9268d95850b
        Step 10/11 : COPY --from=base /bin/busybox /b
         ---> 3f00f8a800f0
        Step 11/11 : RUN ["/bin/busybox", "sh", "-c", "echo hi; exit 0"]
         ---> Running in bb0f90ccc967
        hi
        Removing intermediate container bb0f90ccc967
         ---> 7b39c3507688
        Successfully built 7b39c3507688
        Successfully tagged legx:bin
        """
    private static let warning = """
        DEPRECATED: The legacy builder is deprecated and will be removed in a future release.
                    BuildKit is currently disabled; enable it by removing the DOCKER_BUILDKIT=0
                    environment-variable.


        """

    @Test(arguments: [stages, warning + stages]) func everyNewStepIsNotedAndNoBase(transcript: String) {
        #expect(
            notes(transcript) == [
                "image d031a220d5c8", "container ea43cbecf17b", "removed ea43cbecf17b", "image 9cb94923b0cd",
                "container aa2aae366034", "removed aa2aae366034", "image 230ca1aeb190",
                "container 56bdecf5f07d", "removed 56bdecf5f07d", "image c146926ac4cd",
                "container 4f37aa418277", "removed 4f37aa418277", "image 33842fb10ab5",
                "container e7ac2d2faed8", "removed e7ac2d2faed8", "image e9268d95850b",
                "image 3f00f8a800f0", "container bb0f90ccc967", "removed bb0f90ccc967", "image 7b39c3507688",
            ])
    }

    @Test func whatTheCacheHadIsNotOurs() {
        let transcript = """
            Step 1/4 : FROM scratch AS base
             --->\u{20}
            Step 2/4 : COPY busybox /bin/busybox
             ---> Using cache
             ---> d031a220d5c8
            Step 3/4 : ENV A=c
             ---> Running in aa2aae366034
            Removing intermediate container aa2aae366034
             ---> 230ca1aeb190
            Step 4/4 : RUN true
             ---> Using cache
             ---> 7b39c3507688
            Successfully built 7b39c3507688
            """
        #expect(
            notes(transcript) == ["container aa2aae366034", "removed aa2aae366034", "image 230ca1aeb190"])
    }

    @Test func aStepPrintsWhatItLikes() {
        let transcript = """
            step 1/1 : RUN true
             ---> 111111111111
            Step 1/3 : from local:1
             ---> 222222222222
            Step 2/3 : RUN cat log
             ---> [Warning] IPv4 forwarding is disabled. Networking will not work.
             ---> Running in aaaaaaaaaaaa
            Step 1/2 : COPY a b
             ---> 333333333333
            Step 2/2 : RUN make
             ---> Running in bbbbbbbbbbbb
            Removing intermediate container bbbbbbbbbbbb
             ---> 444444444444
            no line breakRemoving intermediate container aaaaaaaaaaaa
             ---> 555555555555
            Step 3/3 : RUN true
             ---> Running in cccccccccccc
            Removing intermediate container cccccccccccc: it is in use
             ---> 66666666666
             ---> 666666666666
            """
        #expect(
            notes(transcript) == [
                "container aaaaaaaaaaaa", "removed aaaaaaaaaaaa", "image 555555555555",
                "container cccccccccccc", "image 666666666666",
            ])
    }

    /// As Engine 28.5.2 prints them.
    @Test func newerEnginesSayItInOtherWords() {
        let transcript = """
            Step 1/5 : FROM scratch
             --->\u{20}
            Step 2/5 : LABEL x=1
             ---> Running in 3706201f6cad
             ---> Removed intermediate container 3706201f6cad
             ---> 8c897fb7881c
            Step 3/5 : COPY busybox /bin/busybox
             ---> 4968df6838a6
            Step 4/5 : RUN ["/bin/busybox","echo","-n","hi"]
             ---> Running in 3af6fc6eeac3
            hi ---> Removed intermediate container 3af6fc6eeac3
             ---> 15882371749d
            Step 5/5 : RUN ["/bin/busybox","false"]
             ---> Running in 73bcce51d6e9
             ---> Removed intermediate container 000000000000
             ---> Removed intermediate container 73bcce51d6e9
            The command '/bin/busybox false' returned a non-zero code: 1
            """
        #expect(
            notes(transcript) == [
                "container 3706201f6cad", "removed 3706201f6cad", "image 8c897fb7881c",
                "image 4968df6838a6", "container 3af6fc6eeac3", "removed 3af6fc6eeac3",
                "image 15882371749d", "container 73bcce51d6e9", "removed 73bcce51d6e9",
            ])
    }

    @Test func aRefusedStepHasAContainerAndNoImage() {
        let transcript = """
            Step 2/2 : RUN false
             ---> Running in aaaaaaaaaaaa
            Removing intermediate container aaaaaaaaaaaa
            The command '/bin/sh -c false' returned a non-zero code: 1
             ---> nothing of ours
            """
        #expect(notes(transcript) == ["container aaaaaaaaaaaa", "removed aaaaaaaaaaaa"])
    }

    /// `ONBUILD`: the steps are the next Dockerfile's and stand below its `FROM`, without a line of their own.
    @Test func theContainersOfTriggersAreNoted() {
        let transcript = """
            Step 1/2 : FROM base
            # Executing 2 build triggers
             ---> Running in aaaaaaaaaaaa
            Removing intermediate container aaaaaaaaaaaa
             ---> Using cache
             ---> 111111111111
            Step 2/2 : COPY a b
             ---> 222222222222
            """
        #expect(
            notes(transcript) == ["container aaaaaaaaaaaa", "removed aaaaaaaaaaaa", "image 222222222222"])
    }

    @Test(arguments: [
        """
        STEP 1/3: FROM scratch
        STEP 2/3: COPY a /a
        --> 0123456789ab
        STEP 3/3: RUN true
        --> Using cache 0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123
        COMMIT stoker-build:k-1
        --> fedcba987654
        Successfully tagged localhost/stoker-build:k-1
        0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123
        """,
        """
        #1 [internal] load build definition from Dockerfile
        #5 [2/3] RUN make
        #5 0.321  ---> Running in 0123456789ab
        #5 0.322 Step 1/2 : RUN x
        #5 DONE 0.4s
        #6 writing image sha256:0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123 done
        """,
    ]) func otherBuildersTellNothing(transcript: String) { #expect(notes(transcript) == []) }

    /// With what is known of each word: `container 0123456789ab on 0123456789ab?`.
    private func words(_ transcript: String) -> [String] {
        var output = LegacyBuilderOutput()
        return transcript.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line in
            guard let word = output.read(String(line)) else { return nil }
            let doubt = word.isCertain ? "" : "?"
            switch word.note {
            case .container(let id):
                return "container \(id) on \(word.parent?.description ?? "nothing")\(doubt)"
            case .removed: return nil
            case .image(let id): return "image \(id)\(doubt)"
            }
        }
    }

    @Test func noWordIsCertainAfterAStepThatCouldPrint() {
        #expect(
            words(Self.stages) == [
                "image d031a220d5c8", "container ea43cbecf17b on d031a220d5c8", "image 9cb94923b0cd",
                "container aa2aae366034 on 9cb94923b0cd", "image 230ca1aeb190",
                "container 56bdecf5f07d on 230ca1aeb190", "image c146926ac4cd?",
                "container 4f37aa418277 on c146926ac4cd?", "image 33842fb10ab5?",
                "container e7ac2d2faed8 on 33842fb10ab5?", "image e9268d95850b?", "image 3f00f8a800f0?",
                "container bb0f90ccc967 on 3f00f8a800f0?", "image 7b39c3507688?",
            ])
    }

    @Test func aStepThatPrintsTheBuildersWordsIsNotedWithDoubt() {
        let transcript = """
            Step 1/2 : FROM local:1
             ---> 222222222222
            Step 2/2 : RUN cat log
             ---> Running in aaaaaaaaaaaa
            Removing intermediate container aaaaaaaaaaaa
             ---> 333333333333
            Step 2/3 : ENV A=b
             ---> 444444444444
             ---> Running in bbbbbbbbbbbb
            """
        #expect(
            words(transcript) == [
                "container aaaaaaaaaaaa on 222222222222", "image 333333333333?", "image 444444444444?",
            ])
    }

    @Test func aTriggerMayPrint() {
        let transcript = """
            Step 1/2 : FROM base
            # Executing 2 build triggers
             ---> Running in aaaaaaaaaaaa
            Removing intermediate container aaaaaaaaaaaa
             ---> 111111111111
            Step 2/2 : from scratch
             --->\u{20}
            Step 2/2 : LABEL a=b
             ---> Running in bbbbbbbbbbbb
            """
        #expect(
            words(transcript) == ["container aaaaaaaaaaaa on nothing", "container bbbbbbbbbbbb on nothing?"])
    }
}
