"""Sentences written by hand as people say them: 15 a concern that the cues were fitted on, and 15 that they never were."""

from __future__ import annotations

FITTED: dict[str, tuple[str, ...]] = {
    "proof": (
        "how do i know it makes any difference", "Is there any data on how well this works?",
        "what percentage of the kids get better", "I'd need to see numbers before anything else.",
        "have they had any success with it", "But what has actually been accomplished?", "do you have statistics on that?",
        "One dollar isn't going to change anything.", "has it helped anyone so far?",
        "I think it's pointless, the problem never goes away.", "so what are the results of all this", "is it effective?",
        "what impact does it have", "Can you show me some evidence?", "will it do any good",
    ),
    "trust": (
        "how much of it really goes to the children", "Most charities are scams.", "where does my donation go?",
        "I worry it all goes to the CEO.", "how do we know that they're trustworthy", "Is it a legit organization?",
        "who's in charge of the funds", "I heard some of them steal the money.", "do they take a cut for admin costs",
        "I don't trust big charities", "are you sure the kids get it?", "sounds like a scam to me",
        "do they publish their finances?", "it just lines someone's pockets", "Are they rated well by watchdogs?",
    ),
    "people": (
        "what kind of kids do they help", "What's happening to these children?", "who are the kids you are talking about?",
        "are these children refugees?", "what do the kids need the most", "Can you tell me more about the children?",
        "How are those kids living over there?", "what are they suffering from", "do those kids have families?",
        "I would like to hear about the children they help.", "what's daily life like for them",
        "are they hungry or sick or what", "which children are you helping?", "how many of those kids are orphans",
        "What problems do these children face?",
    ),
    "nearness": (
        "it's all happening so far from me", "do you personally know someone who was helped",
        "I prefer to help people in my own community.", "have you ever met one of those children", "I only give locally.",
        "We have plenty of poor kids right here in the US.", "it's hard to care about a country i've never seen",
        "why not help people here first", "Did you see it yourself?", "I have no connection to those places.",
        "do you know any families they've helped", "That is on the other side of the globe.", "it feels very distant to me",
        "have you been to one of these countries?", "I'd rather help my neighbors",
    ),
    "example": (
        "are you going to donate as well?", "how much will you be giving", "Have you donated to them before?",
        "do you donate to this charity yourself", "what are you giving?", "will you match me", "Did you give anything?",
        "I'd like to know whether you donate too.", "so how much did you donate", "are you donating your payment?",
        "would you give your own money?", "You first, then me.", "easy to ask other people for money",
        "do you contribute yourself", "what about you, are you giving any of yours",
    ),
    "procedure": (
        "how do i donate", "What do I need to do?", "how does the donation work", "do I enter my card somewhere?",
        "Where do I send the money?", "is it taken from my pay?", "how will they collect it",
        "do i have to sign up for something", "is there a link or something?", "What's the process like?",
        "when do they take the money out", "can I pay with paypal", "do I have to give my bank info?",
        "how would I go about making a donation", "does it come out of my earnings automatically",
    ),
    "means": (
        "i dont have much money right now", "Money is really tight for us.", "i'm a poor college student",
        "I can barely pay my rent.", "we are struggling financially", "I'm unemployed at the moment.",
        "I need every cent I make here.", "i have bills to pay", "I just don't have the funds.", "I am on a fixed income",
        "it's hard to give when you are broke", "i barely make enough to live on", "My budget is pretty small.",
        "I've got a lot of debt.", "we live from paycheck to paycheck",
    ),
    "self": (
        "you haven't asked me a single thing about myself", "Don't you want to know about me?", "nobody cares what i think",
        "I wish you would ask me something.", "you don't even know me", "aren't you going to ask how I feel about this?",
        "no one ever asks how my day was", "I feel like you're just talking at me.", "what about my opinion?",
        "do you care about me at all", "ask me what i think", "I'm not just a wallet.", "you never asked what matters to me",
        "It would be nice to be asked for once.", "don't you wonder who you're talking to",
    ),
}
"""The cues were widened until they heard these."""

HELD_OUT: dict[str, tuple[str, ...]] = {
    "proof": (
        "does giving to them really change anything?", "what have they accomplished with the money so far",
        "I want to see real results.", "how successful are they", "Do you have some numbers for me?",
        "is it actually helping anybody", "what would my dollar do", "How effective is this charity?",
        "I'm not sure it makes a difference.", "any proof of that?", "What is the impact of one small donation?",
        "have things improved for anyone?", "show me the data and i'll think about it",
        "How many children have been helped?", "does this stuff even work",
    ),
    "trust": (
        "is this a scam?", "How can I be sure my money gets to them?", "so where exactly does the money go",
        "who runs this charity", "how much goes to administrative costs?",
        "I've heard bad things about how charities use their money.", "can i trust them", "Is it a reputable organization?",
        "the executives probably keep most of it", "What percentage goes to salaries?",
        "There's a lot of fraud with these groups.", "are they honest people", "do they actually send the money to the kids",
        "I am suspicious of charities.", "who makes sure it isn't stolen?",
    ),
    "people": (
        "what are these children going through?", "Who are these kids?", "what countries are the kids from",
        "How old are the children?", "tell me about the kids", "What happened to their parents?",
        "what is it like for those kids", "do the kids have enough to eat", "Are the children in danger?",
        "who exactly are we helping here", "What kind of life do they have?", "how are the children doing now",
        "I'd like to know more about these kids.", "where do these kids live", "Are they homeless children?",
    ),
    "nearness": (
        "Do you know anybody who was helped by them?", "it's so far away from here",
        "There are people in my own town who need help.", "have you seen it with your own eyes",
        "I'd rather give to local charities.", "that's on the other side of the world", "Have you ever been there?",
        "I've never met anyone from there.", "we should take care of our own first", "it doesn't feel real to me",
        "why should i care about another country", "Has it helped anyone you know?",
        "i can't relate to people that far away", "did you meet any of these children?", "There's need right here at home.",
    ),
    "example": (
        "do you donate to them?", "Are you giving anything yourself?", "how much are you donating",
        "What about you, will you donate?", "have you given to save the children", "would you donate your own payment?",
        "did you already donate", "Do you practice what you preach?", "are you donating too or just asking",
        "I'd give if you gave too.", "How much do you usually give?", "you should donate first", "What's your contribution?",
        "will you be donating as well", "so do you personally give money to them?",
    ),
    "procedure": (
        "How does it work?", "how do I make the donation", "Do I need a credit card?", "what's the procedure",
        "where do i put in the amount", "Will it be deducted from my payment?", "is there a website where I pay",
        "What are the next steps?", "do i have to fill out a form", "How do they get the money from me?",
        "when will it be taken out", "can I do it online?", "do you take it out of my bonus", "Is it complicated to do?",
        "so how would i go about that",
    ),
    "means": (
        "money is tight right now", "I can't afford much.", "I'm broke.", "i have a lot of bills this month",
        "We don't have a lot to spare.", "I lost my job last month.", "i'm barely getting by", "My rent is due.",
        "I'm a student with no income.", "I don't make a lot of money.", "times are hard for my family",
        "I live paycheck to paycheck", "I have to feed my own kids first.", "these surveys are how i pay my bills",
        "I'm a little short on cash this week.",
    ),
    "self": (
        "you never asked about me", "Nobody ever asks me what I think.", "don't you want to know what I care about",
        "you know nothing about me", "What about what I want?", "I'd like it if you asked about my life.",
        "no one asks how I'm doing", "Ask me something about myself.", "are you even interested in me?",
        "it's all about them and never about me", "You haven't asked for my opinion.",
        "i've had a long day and nobody cares", "do you want to know anything about me", "I'm a person too, you know.",
        "you're not really listening to me",
    ),
}
"""Written before the cues, and never tuned on."""

OTHER = (
    "I am doing well, thanks.", "Yes, I have heard of them before.", "No, I haven't.", "I will donate fifty cents.",
    "ok sounds good", "I have two kids and a dog.", "that is very sad to hear", "It's raining here today.",
    "I work as a teacher in Ohio.", "Nice to meet you too.", "they seem to do good work", "I think education matters most.",
    "have a great day", "what is Save the Children?", "I like to cook.", "My sister is coming over tonight.",
    "That's a good point.", "I volunteer at a shelter sometimes.", "you are welcome", "Wow, I had no idea.",
    "where are you from?", "I am not interested.", "maybe another time", "That sounds like a wonderful cause.",
    "how are you today?",
)
"""Sentences of people that carry no concern."""
