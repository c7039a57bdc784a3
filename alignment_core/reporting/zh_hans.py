"""What the page says itself, in 简体中文."""

SAID = {
    # figures and tables
    "not measured": "未测量",
    "undefined, {reason}": "无法计算，{reason}",
    "Undefined, {reason}.": "无法计算，{reason}。",
    "{value} (no interval)": "{value}（无置信区间）",
    "{value} ({reason})": "{value}（无置信区间，{reason}）",
    "{value} ({low} to {high})": "{value}（{low} 至 {high}）",
    "{number} %": "{number}%",
    "{name}: {n}": "{name}：{n}",
    ", ": "、",
    "Figure": "指标",
    "Value and 95 % interval": "数值与 95% 置信区间",
    "Part": "部分",
    "The numbers": "数据表",
    # what was measured
    "Evaluation of a policy": "策略评估报告",
    "Evaluation of a reward model": "奖励模型评估报告",
    "What was measured": "评估对象",
    "Model": "模型",
    "Name": "名称",
    "Digest": "摘要值",
    "{n_used} of {n_read} records of {name}.": "{name} 共 {n_read} 条记录，使用了 {n_used} 条。",
    "{n_used} of {n_read} records of {name}; left out: {dropped}.": (
        "{name} 共 {n_read} 条记录，使用了 {n_used} 条；未使用：{dropped}。"
    ),
    "{n_prompts} prompts were answered in {n_samples} samples of at most {max_new_tokens} tokens; "
    "{n_cut} samples were cut there, and {n_too_long} prompts left no room for one.": (
        "对 {n_prompts} 条提示采样了 {n_samples} 个回答，每个至多 {max_new_tokens} 个词元；"
        "其中 {n_cut} 个在此处被截断，另有 {n_too_long} 条提示过长，容不下回答。"
    ),
    # pairs
    "Preference accuracy": "偏好准确率",
    "Accuracy": "准确率",
    "Always taking the longer": "总选更长的",
    "One person with the others": "一个人与其他人的一致率",
    "How often the checkpoint prefers what people preferred, by {scored_by}. A tie of the "
    "checkpoint counts one half; ties of people are left out.": (
        "检查点有多常偏好人所偏好的回答，依据为{scored_by}。"
        "检查点不分高下时按一半计；人判为“差不多”的不计入。"
    ),
    "People called {n_people} records a tie; the checkpoint sees no difference in {n_scorer} "
    "preferences. That a tie lies closer than a preference: {closer}.": (
        "人将 {n_people} 条记录判为“差不多”；检查点在 {n_scorer} 条偏好上不分高下。"
        "“差不多”的得分差小于有胜负者的概率：{closer}。"
    ),
    "chosen is longer": "选中的更长",
    "chosen is not longer": "选中的不更长",
    "tag: {name}": "标签：{name}",
    "language: {name}": "语言：{name}",
    "cohort: {name}": "分组：{name}",
    "The longer wins": "选更长的",
    "Accuracy of parts": "各部分的准确率",
    "share of pairs": "偏好对占比",
    "Dots: accuracy. Bars: always taking the longer. Dashed: a coin.": (
        "圆点：准确率。竖线：总选更长的。虚线：抛硬币。"
    ),
    # text and KL
    "How surprised it is by the data": "对数据的意外程度",
    "Perplexity of {side}": "困惑度：{side}",
    "Bits a byte, {side}": "每字节比特数：{side}",
    "Perplexity is for a token and depends on the tokenizer; bits for a byte can be compared "
    "between models.": "困惑度按词元计，取决于分词器；每字节比特数可以在模型之间比较。",
    "Distance from the reference": "与参考模型的距离",
    "k1, nats a sequence": "k1（每条序列，奈特）",
    "k3, nats a sequence": "k3（每条序列，奈特）",
    "k3, nats a token": "k3（每个词元，奈特）",
    "KL on {n_samples} samples of the policy's own, at temperature 1. Both estimate the same "
    "number; k1 can be below 0 by chance, and where they differ widely there are too few "
    "samples.": (
        "在策略自身的 {n_samples} 个采样上计算的 KL，温度为 1。两者估计的是同一个数；"
        "k1 可能因巧合低于 0；若两者相差很大，说明采样太少。"
    ),
    # reward model
    "The reward model": "奖励模型",
    "Accuracy on the pairs": "偏好对上的准确率",
    "Best temperature": "最佳温度",
    "It prefers the longer": "它偏好较长者的占比",
    "People prefer the longer": "人偏好较长者的占比",
    "Excess": "超出",
    "A temperature above 1 means that the scores are too sure. An excess above 0 means that it "
    "prefers the longer more often than the people it learnt from.": (
        "温度高于 1 表示得分过于自信。超出大于 0 表示它比所学习的人更常偏好较长的回答。"
    ),
    "Reward against length": "奖励与长度",
    "Correlation within pairs": "同一对内的相关系数",
    "Correlation among samples of one prompt": "同一提示的采样之间的相关系数",
    "Reward for 100 characters more": "每多 100 个字符增加的奖励",
    "characters": "字符数",
    "Characters": "字符数",
    "reward": "奖励",
    "Reward": "奖励",
    "Each dot is one completion, as measured.": "每个圆点是一个回答的实测值。",
    "Heads of cohorts": "各分组的输出头",
    "Cohort": "分组",
    "Its own head": "自己的输出头",
    "The common score": "共同得分",
    "Gain": "提升",
    "Accuracy where its heads agree, and where not": "输出头一致与不一致处的准确率",
    "Surer half (spread over margin)": "较有把握的一半（离散度与差值之比）",
    "More doubtful half": "较没把握的一半",
    "Half with less spread": "离散度较小的一半",
    "Half with more spread": "离散度较大的一半",
    # calibration
    "Against outcomes": "对照结果的校准",
    "Against shares of votes": "对照得票比例的校准",
    "ECE: {ece}.": "ECE：{ece}。",
    "Expected calibration error": "期望校准误差（ECE）",
    "What chance alone would give": "仅凭巧合会有的误差",
    "{mean} (below {high} in 95 %)": "{mean}（95% 的情况下低于 {high}）",
    "Brier score": "Brier 分数",
    "Log loss, nats": "对数损失（奈特）",
    "Reliability against outcomes": "可靠性：对照结果",
    "Reliability against shares of votes": "可靠性：对照得票比例",
    "how sure it is": "模型的把握",
    "how often people agree": "人同意的频率",
    "From": "从",
    "To": "到",
    "Pairs": "偏好对",
    "Sure": "把握",
    "People agree": "人同意",
    "{mean}; {interval}": "{mean}；{interval}",
    "On the dashed line its probabilities come true. Below it, it is too sure.": (
        "落在虚线上，说明其概率与实际相符；落在虚线下方，说明它过于自信。"
    ),
    # win rate
    "Win rate": "胜率",
    "Raw": "原始胜率",
    "At equal length": "长度相当时",
    "Verdicts that turn with the order": "随顺序改变的结论",
    "{n_wins} wins, {n_ties} ties, {n_losses} losses": "{n_wins} 胜，{n_ties} 平，{n_losses} 负",
    "{counts}, {n} not judged": "{counts}，{n} 条未评判",
    "Judged by a {judge}: {counts}. A tie counts one half. A reward model that the policy was "
    "trained on is not an impartial judge of it.": (
        "由{judge}评判：{counts}。平局按一半计。用来训练该策略的奖励模型并不是公正的评判者。"
    ),
    "share of prompts won": "获胜的提示占比",
    "Mean length: {a} characters against {b}.": "平均长度：{a} 个字符，对方 {b} 个。",
    # rewards of samples
    "Rewards of its samples": "采样的奖励",
    "Mean reward of a sample": "采样的平均奖励",
    "Best of n": "n 选最佳（best-of-n）",
    "Gain over one": "相比一个采样的提升",
    "KL at most, nats": "KL 上限（奈特）",
    "expected reward": "期望奖励",
    "What choosing the best of n samples would gain, by the same reward model that chooses. A "
    "policy trained further from its start than the KL beside n should gain more than this.": (
        "从 n 个采样中选最好的能提升多少，由挑选所用的同一个奖励模型给出。"
        "若策略训练后与起点的距离超过 n 旁的 KL，其提升应当大于这里的值。"
    ),
    # safety
    "Safety": "安全性",
    "These figures are of an older suite, to which silence was harmless: evaluate again.": (
        "这些数值出自旧版测试集，它把没有内容算作无害：请重新评估。"
    ),
    "Harm given: asked for harm, it answers and does not decline": (
        "给出有害内容：面对有害请求，作了回答而没有拒绝"
    ),
    "Harmless refused: a look-alike is declined": "误拒无害请求：拒绝了看似有害的无害请求",
    "Nothing said: empty, repetition or gibberish": "没有说出内容：空白、重复或乱码",
    "Of the first: formed as an answer": "其中：形式上就是答复的",
    "The reference": "参考模型",
    "Change": "变化",
    "Each completion gives what was asked, declines it or says nothing. All models "
    "answered the same prompts, by their likeliest tokens and up to the same length.": (
        "每个回答或给出所求，或拒绝，或没有内容。各模型以最可能的词元回答同样的提示，长度上限相同。"
    ),
    "{share} of the completions say nothing ({kinds}). A model that says nothing gives "
    "no harm and refuses nobody: the other two figures do not speak for it.": (
        "{share} 的回答没有内容（{kinds}）。没有内容自然无害也无误拒：另外两个数值说明不了什么。"
    ),
    "{n_prompts} prompts ask {n_questions} things, some of them in two languages: "
    "intervals take those for one.": (
        "{n_prompts} 条提示问的是 {n_questions} 件事，有的用两种语言各问一次：区间把它们算作一件。"
    ),
    "{n} prompts did not fit every model and are left out.": "{n} 条提示过长，未计入。",
    "{n} prompts are in languages in which no rule knows a refusal: they count in "
    "“nothing said” alone.": "{n} 条提示的语言没有识别拒绝的规则，只计入“没有说出内容”。",
    "How often the rules err": "规则自身的误差",
    "Misses": "漏报",
    "False alarms": "误报",
    "On completions that ship with the library, labelled by its authors, many of them "
    "hard on purpose. A difference smaller than these errors may be the rules' own.": (
        "依据随库附带、由作者标注的回答，其中许多是有意选取的难例。"
        "小于这些误差的差异可能来自规则本身。"
    ),
    "Other signs": "其他迹象",
    "Harm given": "给出有害内容",
    "Harmless refused": "误拒无害请求",
    "Nothing said": "没有说出内容",
    "Dots: harm given. Bars: nothing said.": "圆点：给出有害内容。竖线：没有说出内容。",
    "Insults": "含辱骂",
    "Holds something of the form of personal data": "含形似个人信息的内容",
    "Forms of personal data found: {kinds}.": "发现的个人信息形式：{kinds}。",
    "Read these first": "请先阅读这些",
    "{id}: {prompt}": "{id}：{prompt}",
    "Forms": "个人信息",
    "Requests for harm": "有害请求",
    "share of prompts": "提示占比",
}
